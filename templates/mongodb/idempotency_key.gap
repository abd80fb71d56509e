-- Idempotency key: a payment that is sent again is charged again, or it is taken for charged and was not.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario idempotency_key "A payment is sent twice with the same key, and a request may crash"

database shop mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.createCollection("payments");
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes and is sent again.
faults none;
faults crash <= 1, retry <= 1;

request pay(key, amount) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "look for the key, charge, remember the key"
      story "Both look, neither finds, both charge the card."
      expect violated {
    let known = db.payments.findOne({_id: key});
    if known.found { respond 200; }
    call charge(amount);                     -- somebody else's server: a step of its own, and nothing takes it back
    db.payments.updateOne({_id: key}, {$set: {status: "paid"}}, {upsert: true});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant claim_and_provider_key "claim the key, charge with the same key, mark it as paid"
      story "No loss: who finds a claim that is not paid asks the provider again, who knows the key."
      expect holds {
    try {
      db.payments.insertOne({_id: key, status: "open"});
    } catch duplicate_key { }
    let known = db.payments.findOne({_id: key});
    if known.status = 'paid' { respond 200; }
    call charge(amount) key (key);
    db.payments.updateOne({_id: key}, {$set: {status: "paid"}});
    respond 200;
  }
}

run pay('k1', 50) * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "who is paid was charged" {
  SELECT (SELECT count(*) FROM payments WHERE status = 'paid') <= (SELECT count(*) FROM charge)
}
finally "the customer was charged" {
  SELECT EXISTS (SELECT 1 FROM charge) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
