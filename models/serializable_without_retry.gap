-- "Make it SERIALIZABLE" is half a fix. The failure may come as late as COMMIT, and what has happened outside the
-- database by then has happened: the customer is charged and the rows are gone.
scenario serializable_without_retry "One seat is left, two buyers, and COMMIT itself may fail"

isolation "serializable"

database shop postgres {
  CREATE TABLE events (id int PRIMARY KEY, seats int NOT NULL);
  CREATE TABLE tickets (event int NOT NULL, buyer text NOT NULL);
  INSERT INTO events VALUES (1, 1);
}

request buy(event) {

  variant charge_before_commit "count, insert, charge, COMMIT"
      story "Both count, both insert, both are charged; then the second COMMIT fails, and its ticket is gone."
      expect violated at every level {
    transaction {
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 1 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
      call charge(event);
    }
    respond 200;
  }

  variant charge_in_retry "the same, and the whole again after 40001"
      story "The retry finds the seat taken and says so; the charge of the first attempt stands."
      expect violated at every level {
    retry up to 3 on serialization_failure {
      transaction {
        let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
        if sold.n >= 1 { rollback; respond 409; }
        INSERT INTO tickets VALUES (:event, 'new');
        call charge(event);
      }
      respond 200;
    } exhausted {
      respond 503;
    }
  }

  variant no_retry "charge after COMMIT, and no retry"
      story "Nobody is charged for nothing, but the second buyer sees an internal error where ""sold out"" is true."
      expect violated at every level {
    transaction {
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 1 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    call charge(event);
    respond 200;
  }

  variant error_swallowed "40001 is caught, logged, and answered with 200"
      story "The webhook's handler swallows the failure: the provider is told that all is well, and the ticket never was."
      expect violated at every level {
    try {
      transaction {
        let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
        if sold.n >= 1 { rollback; respond 409; }
        INSERT INTO tickets VALUES (:event, 'new');
      }
      call charge(event);
    } catch serialization_failure { }
    respond 200;
  }

  variant retry_then_charge "the whole transaction again after 40001, the charge after COMMIT"
      story "No loss at SERIALIZABLE: bounded, from BEGIN, with nothing in the transaction that a rollback cannot undo."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    retry up to 3 on serialization_failure {
      transaction {
        let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
        if sold.n >= 1 { rollback; respond 409; }
        INSERT INTO tickets VALUES (:event, 'new');
      }
    } exhausted {
      respond 503;
    }
    call charge(event);
    respond 200;
  }

  variant read_committed_and_lock at "read committed" "READ COMMITTED, and the event FOR UPDATE"
      story "No loss, and nothing to retry: a lock that waits instead of a level that fails."
      expect holds at every level {
    transaction {
      SELECT id FROM events WHERE id = :event FOR UPDATE;
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 1 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    call charge(event);
    respond 200;
  }
}

run buy(1) * 2

always  "the seat is sold once"                { SELECT count(*) <= 1 FROM tickets }
finally "as many are charged as have a ticket" { SELECT (SELECT count(*) FROM charge) = (SELECT count(*) FROM tickets) }
finally "who was told 200 has a ticket" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200') = (SELECT count(*) FROM tickets)
}
finally "the others are told that it is sold out, or to come again" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503'))
}
