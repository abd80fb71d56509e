-- One payment, sent by a client that sends it again until it hears 200: after a crash, or (duplicate) although it was
-- received. The provider honours an idempotency key where it is given one.
--
-- One actor is enough: the second is the first one again. Seen only by `paid if and only if charged`, while nobody is
-- charged twice: key_first,
-- key_and_charge_in_transaction, claim_never_given_back. The interleavings of two at once are in
-- idempotency_key.gap.
scenario idempotency_key_faults "A payment is sent, crashes, and is sent again"

database shop postgres {
  CREATE TABLE keys (key text PRIMARY KEY, status text NOT NULL);
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request pay(key) {

  variant charge_then_key "charge, then remember the key"
      story "A crash between the two, and the second attempt finds no key: charged twice."
      expect holds without faults, violated at every level with crash, violated at every level with duplicate {
    let known = SELECT status FROM keys WHERE key = :key;
    if known.found { respond 200; }
    call charge(key);
    INSERT INTO keys VALUES (:key, 'paid') ON CONFLICT DO NOTHING;
    respond 200;
  }

  variant key_first "remember the key, then charge"
      story "A crash between the two, and the second attempt believes that all is paid: the goods go out for nothing."
      expect holds without faults, violated at every level with crash, holds with duplicate {
    let mine = INSERT INTO keys VALUES (:key, 'paid') ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 200; }
    call charge(key);
    respond 200;
  }

  variant key_and_charge_in_transaction "both between BEGIN and COMMIT"
      story "A crash after the charge rolls the key back, not the charge."
      expect holds without faults, violated at every level with crash, holds with duplicate {
    transaction {
      let mine = INSERT INTO keys VALUES (:key, 'paid') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 200; }
      call charge(key);
    }
    respond 200;
  }

  variant claim_never_given_back "claim, charge, mark as paid; who finds a claim goes away"
      story "After a crash the claim stays: every further attempt is told that somebody is at it."
      expect holds without faults, violated at every level with crash, holds with duplicate {
    let mine = INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 200; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant claim_taken_over "claim, charge, mark as paid; who finds a claim takes it over"
      story "What the crashed one left undone is done by the next; what it had done is done again."
      expect holds without faults, violated at every level with crash, violated at every level with duplicate {
    INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant taken_over_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: whatever was left undone is done when the client comes again, and nothing twice."
      expect holds without faults, holds with crash, holds with duplicate {
    INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key) key (key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant new_key_each_attempt "the same, and each attempt makes a key of its own for the provider"
      story "A key that the client's second attempt does not share is none."
      expect holds without faults, violated at every level with crash, holds with duplicate {
    INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key) key (key || '-' || attempt);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant provider_forgets "the same with one key, which the provider prunes after a day"
      story "The second attempt comes after that day: charged twice."
      expect holds without faults, violated at every level with crash, violated at every level with duplicate {
    INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key) key (key) forgets;
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }
}

run deliver pay('order-7') until 200

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "paid if and only if charged" {
  SELECT EXISTS (SELECT 1 FROM keys WHERE status = 'paid') = EXISTS (SELECT 1 FROM charge)
}
finally "the customer is served in the end" { SELECT EXISTS (SELECT 1 FROM keys WHERE status = 'paid') }
