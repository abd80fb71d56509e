-- Idempotency key: a payment that is sent again is charged again, or it is taken for charged and was not.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario idempotency_key "A payment is sent twice with the same key, and a request may crash"

database redis redis { }

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes and is sent again.
faults none;
faults crash <= 1, retry <= 1;

request pay(key, amount) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET the key, charge, SET it"
      story "Both find no key, both charge the card."
      expect violated {
    let known = redis> GET payment:{key};
    if known.found { respond 200; }
    call charge(amount);                     -- somebody else's server: a step of its own, and nothing takes it back
    redis> SET payment:{key} paid;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant claim_and_provider_key "SET NX a claim, charge with the same key, SET it paid"
      story "No loss: who finds a claim that is not paid asks the provider again, who knows the key."
      expect holds {
    redis> SET payment:{key} open NX;
    let known = redis> GET payment:{key};
    if known.value = 'paid' { respond 200; }
    call charge(amount) key (key);
    redis> SET payment:{key} paid;
    respond 200;
  }
}

run pay('k1', 50) * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
finally "who is paid was charged" {
  SELECT (SELECT count(*) FROM redis WHERE key = 'payment:k1' AND value = 'paid') <= (SELECT count(*) FROM charge)
}
finally "the customer was charged" {
  SELECT EXISTS (SELECT 1 FROM charge) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
