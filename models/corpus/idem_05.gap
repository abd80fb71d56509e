-- IDEM-05 Brandur/Stripe-style keys: the timeout of locked_at reclaims a key whose first worker is still alive
-- Source: zidan.me/blog/idempotency-series/part-2 (walks Brandur's design); brandur.org/idempotency-keys
-- Store: PostgreSQL, phases at SERIALIZABLE
-- Invariant: the charge happens once; the response is recorded
-- Shipped fix: recovery points, and a derived key to the provider -> complete, if the provider honours the key
-- Note: the ride itself is a row of the phase before, left out. Who meets 40001 ends with that error, as in Brandur's code, and
--   may come again. `pruned` is a provider that forgets its keys (24 h) while the first worker sleeps. `reference` shows that
--   the provider's key is what counts: it has no lock at all.

scenario idem_05 "A worker sleeps longer than its lock on the key"

database rides postgres {
  CREATE TABLE keys (key text PRIMARY KEY, locked_at timestamp NOT NULL, point text NOT NULL, response int);
}
clock '12:00:00', '12:02:00'

request ride(key) {

  variant buggy "recovery points and a lock by time, and no key to the provider"
      story "The first sleeps ninety seconds before it notes its charge; the second takes over and charges again."
      expect violated {
    transaction at "serializable" {
      INSERT INTO keys VALUES (:key, '2000-01-01', 'started', NULL) ON CONFLICT DO NOTHING;
      let mine = UPDATE keys SET locked_at = now() WHERE key = :key AND locked_at < now() - interval '90 seconds' RETURNING point;
      if NOT mine.found { rollback; respond 409; }
    }
    if mine.point = 'started' { call charge(key); UPDATE keys SET point = 'charge_created' WHERE key = :key; }
    UPDATE keys SET response = 201 WHERE key = :key;
  }

  variant shipped "the provider gets a key derived from the key" expect holds at "read committed" {
    transaction at "serializable" {
      INSERT INTO keys VALUES (:key, '2000-01-01', 'started', NULL) ON CONFLICT DO NOTHING;
      let mine = UPDATE keys SET locked_at = now() WHERE key = :key AND locked_at < now() - interval '90 seconds' RETURNING point;
      if NOT mine.found { rollback; respond 409; }
    }
    if mine.point = 'started' { call charge(key) key (key); UPDATE keys SET point = 'charge_created' WHERE key = :key; }
    UPDATE keys SET response = 201 WHERE key = :key;
  }

  variant pruned "the provider has forgotten the key"
      story "The provider prunes the key while the first worker sleeps, and the charge is made again."
      expect violated {
    transaction at "serializable" {
      INSERT INTO keys VALUES (:key, '2000-01-01', 'started', NULL) ON CONFLICT DO NOTHING;
      let mine = UPDATE keys SET locked_at = now() WHERE key = :key AND locked_at < now() - interval '90 seconds' RETURNING point;
      if NOT mine.found { rollback; respond 409; }
    }
    if mine.point = 'started' {
      call charge(key) key (key) forgets;
      UPDATE keys SET point = 'charge_created' WHERE key = :key;
    }
    UPDATE keys SET response = 201 WHERE key = :key;
  }

  variant reference "no lock: all may be done twice, and the provider does it once" expect holds {
    INSERT INTO keys VALUES (:key, '2000-01-01', 'started', NULL) ON CONFLICT DO NOTHING;
    call charge(key) key (key);
    UPDATE keys SET response = 201 WHERE key = :key;
  }
}

run ride('k1') * 2

always  "charged once"             { SELECT count(*) <= 1 FROM charge }
finally "the response is recorded" { SELECT count(*) = 1 FROM keys WHERE response = 201 }
finally "each is answered" {
  SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '409', 'serialization_failure')
}
