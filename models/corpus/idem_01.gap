-- IDEM-01 CONTROL GOV.UK Pay: the unique key decides, the loser gets 409
-- Source: github.com/alphagov/pay-connector/pull/4460
-- Store: PostgreSQL, READ COMMITTED
-- Invariant: one charge per key
-- Shipped fix: the RollbackException at COMMIT is caught, the loser answers 409 -> complete
-- Note: a control. `shipped` is the case itself; `reference` is the same without its first look, which the key makes needless
--   (VACUOUS). `buggy` is without the unique key; in `two_transactions` the loser's charge is not rolled back.

scenario idem_01 "A charge is created twice with one idempotency key"

database connector postgres {
  CREATE TABLE charges (key text NOT NULL);
  CREATE TABLE idempotency (key text NOT NULL);
}

request create_charge(key) {

  variant buggy "the key is not unique"
      story "Both find no such key, and both create a charge."
      expect violated {
    transaction {
      let known = SELECT key FROM idempotency WHERE key = :key;
      if known.found { rollback; respond 409; }
      INSERT INTO charges VALUES (:key);
      INSERT INTO idempotency VALUES (:key);
    }
  }

  variant two_transactions "the charge is committed before the key is tried"
      story "The loser is told 409, but its charge stays."
      schema { CREATE UNIQUE INDEX ON idempotency (key); }
      expect violated {
    INSERT INTO charges VALUES (:key);
    try { INSERT INTO idempotency VALUES (:key); } catch unique_violation { respond 409; }
  }

  variant shipped "the unique key decides, in the transaction of the charge"
      schema { CREATE UNIQUE INDEX ON idempotency (key); }
      expect holds {
    try {
      transaction {
        let known = SELECT key FROM idempotency WHERE key = :key;
        if known.found { rollback; respond 409; }
        INSERT INTO charges VALUES (:key);
        INSERT INTO idempotency VALUES (:key);
      }
    } catch unique_violation, serialization_failure {
      respond 409;
    }
  }

  variant reference "the unique key alone"
      schema { CREATE UNIQUE INDEX ON idempotency (key); }
      expect holds {
    try {
      transaction {
        INSERT INTO charges VALUES (:key);
        INSERT INTO idempotency VALUES (:key);
      }
    } catch unique_violation, serialization_failure {
      respond 409;
    }
  }
}

run create_charge('k1') * 2

always  "one charge per key" { SELECT count(*) <= 1 FROM charges }
finally "one succeeds"       { SELECT count(*) = 1 FROM responses WHERE status = 200 }
finally "the others get 409" { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '409') }
