-- One ticket is left. An application lock orders the buyers, if it is taken before the snapshot and kept until COMMIT.
scenario advisory_lock "Five tickets, four sold, two buyers and an advisory lock"

database shop postgres {
  CREATE TABLE tickets (event int NOT NULL, buyer text NOT NULL);
  INSERT INTO tickets VALUES (7, 'ann'), (7, 'bob'), (7, 'cem'), (7, 'dee');
}

request buy(event) {

  variant own_statement "pg_advisory_xact_lock in its own statement, then count"
      story "Right at READ COMMITTED; at REPEATABLE READ the statement that waits for the lock has fixed the snapshot before."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT pg_advisory_xact_lock(:event);
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 5 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    respond 200;
  }

  variant inside_the_count "the lock inside the counting statement"
      story "One round trip saved, one ticket too many: the statement's snapshot is older than its wait."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let sold = SELECT pg_advisory_xact_lock(:event) AS locked,
                        (SELECT count(*) FROM tickets t WHERE t.event = :event) AS n;
      if sold.n >= 5 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    respond 200;
  }

  variant outside_a_transaction "pg_advisory_xact_lock without BEGIN"
      story "The lock of a transaction of one statement is gone with that statement."
      expect violated at every level {
    SELECT pg_advisory_xact_lock(:event);
    let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
    if sold.n >= 5 { respond 409; }
    INSERT INTO tickets VALUES (:event, 'new');
    respond 200;
  }

  variant released_before_commit "a session lock, released before COMMIT"
      story "Redlock inside @Transactional, in SQL: between unlock and COMMIT the next one counts what is not there yet."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    try {
      transaction {
        SELECT pg_advisory_lock(:event);
        let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
        if sold.n >= 5 { SELECT pg_advisory_unlock(:event); rollback; respond 409; }
        INSERT INTO tickets VALUES (:event, 'new');
        SELECT pg_advisory_unlock(:event);
      }
    } catch serialization_failure {
      SELECT pg_advisory_unlock_all();    -- an error leaves the session its locks: a third buyer would wait for ever
      respond 503;
    }
    respond 200;
  }

  variant never_released "a session lock that nobody releases"
      story "No rollback and no COMMIT frees a session's lock; the pool keeps the connection, and the next buyer waits for ever."
      expect violated at every level {
    SELECT pg_advisory_lock(:event);
    transaction {
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 5 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    respond 200;
  }

  variant around_the_transaction "a session lock around the transaction"
      story "No loss: locked before the snapshot, released after COMMIT, whatever happens between."
      expect holds at every level {
    SELECT pg_advisory_lock(:event);
    try {
      transaction {
        let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
        if sold.n >= 5 { rollback; respond 409; }
        INSERT INTO tickets VALUES (:event, 'new');
      }
    } finally {
      SELECT pg_advisory_unlock(:event);
    }
    respond 200;
  }

  variant try_lock "pg_try_advisory_xact_lock, and 503 where it is taken"
      story "No loss: who does not wait has no snapshot from before a wait."
      expect holds at every level {
    transaction {
      let mine = SELECT pg_try_advisory_xact_lock(:event) AS locked;
      if NOT mine.locked { rollback; respond 503; }
      let sold = SELECT count(*) AS n FROM tickets WHERE event = :event;
      if sold.n >= 5 { rollback; respond 409; }
      INSERT INTO tickets VALUES (:event, 'new');
    }
    respond 200;
  }
}

run buy(7) * 2

always  "no more than 5 tickets are sold" { SELECT count(*) <= 5 FROM tickets WHERE event = 7 }
finally "the last ticket is sold" { SELECT count(*) >= 5 FROM tickets WHERE event = 7 }
