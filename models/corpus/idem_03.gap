-- IDEM-03 open-mercato: the checkout row is unique, but "gatewayTransactionId == null" is checked by both
-- Source: github.com/open-mercato/open-mercato/issues/4035
-- Store: PostgreSQL, READ COMMITTED
-- Invariant: one provider session per key
-- Shipped fix: none yet; asked: a claim (`reference`) and the provider's idempotency key (`provider_key`)
-- Note: a unique row says that there is one checkout, not whose turn it is. Each of the two is enough here; with both, either
--   would be vacuous. Against a crash behind the claim it takes the provider's key.

scenario idem_03 "A checkout is started twice with one idempotency key"

database mercato postgres {
  CREATE TABLE checkouts (key text PRIMARY KEY, gateway_tx text, claimed boolean NOT NULL DEFAULT false);
}

request checkout(key) {

  variant buggy "whoever finds no session creates one"
      story "The second loads the row of the first before it has its session, and creates another one."
      expect violated {
    INSERT INTO checkouts (key) VALUES (:key) ON CONFLICT DO NOTHING;
    let mine = SELECT gateway_tx FROM checkouts WHERE key = :key;
    if mine.gateway_tx IS NULL {
      call create_session(key);
      UPDATE checkouts SET gateway_tx = 'session' WHERE key = :key;
    }
  }

  variant provider_key "the provider gets the key" expect holds {
    INSERT INTO checkouts (key) VALUES (:key) ON CONFLICT DO NOTHING;
    let mine = SELECT gateway_tx FROM checkouts WHERE key = :key;
    if mine.gateway_tx IS NULL {
      call create_session(key) key (key);
      UPDATE checkouts SET gateway_tx = 'session' WHERE key = :key;
    }
  }

  variant reference "one claims the row, the others are told to come again" expect holds at "read committed" {
    INSERT INTO checkouts (key) VALUES (:key) ON CONFLICT DO NOTHING;
    let mine = UPDATE checkouts SET claimed = true WHERE key = :key AND NOT claimed;
    if NOT mine.found { respond 409; }
    call create_session(key);
    UPDATE checkouts SET gateway_tx = 'session' WHERE key = :key;
  }
}

run checkout('k1') * 2

always  "one provider session per key" { SELECT count(*) <= 1 FROM create_session }
finally "the checkout has its session" { SELECT count(*) = 1 FROM checkouts WHERE gateway_tx IS NOT NULL }
finally "each is answered"             { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '409') }
