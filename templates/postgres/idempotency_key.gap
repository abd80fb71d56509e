-- Idempotency key: a payment that is sent again is charged again, or it is taken for charged and was not.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario idempotency_key "A payment is sent twice with the same key, and a request may crash"

database shop postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE payments (key text PRIMARY KEY, status text NOT NULL);
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes and is sent again.
faults none;
faults crash <= 1, retry <= 1;

request pay(key, amount) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "look for the key, charge, remember the key"
      story "Both look, neither finds, both charge the card."
      expect violated {
    let known = SELECT status FROM payments WHERE key = :key;
    if known.found { respond 200; }
    call charge(amount);                     -- somebody else's server: a step of its own, and no rollback undoes it
    INSERT INTO payments VALUES (:key, 'paid') ON CONFLICT DO NOTHING;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant claim_and_provider_key "claim the key, charge with the same key, mark it as paid"
      story "No loss: who finds a claim that is not paid asks the provider again, who knows the key."
      expect holds {
    INSERT INTO payments VALUES (:key, 'open') ON CONFLICT DO NOTHING;
    let known = SELECT status FROM payments WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(amount) key (key);
    UPDATE payments SET status = 'paid' WHERE key = :key;
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
