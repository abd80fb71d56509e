-- The paid flag and its date: a webhook pays for thirty days, an administrator gives fourteen as a present, at the same
-- moment. Forty-four are owed.
--
-- pro_until = MAX(pro_until, target) is what the articles recommend, because MAX commutes. MAX does; what is meant does
-- not: both targets were computed from the same earlier read, and fourteen days are lost in every order. No error, no
-- version conflict, and the date only ever grows: seen only by `every day that was granted is there`.
scenario paid_flag "A webhook and an administrator extend the same subscription"

database shop postgres {
  CREATE TABLE users (id int PRIMARY KEY, paid boolean NOT NULL, pro_until date NOT NULL, version int NOT NULL,
                      CHECK (paid OR pro_until <= '2024-01-01'));
  CREATE TABLE applied (event text PRIMARY KEY);
  CREATE TABLE grants (event text NOT NULL, days int NOT NULL);
  INSERT INTO users VALUES (1, false, '2024-01-01', 0);
}
database redis redis { }

faults none;
faults crash <= 1;
faults duplicate <= 1;

request extend(event, days) {

  variant naive "read the date, write date + days"
      story "Both read the first of January, and the later write is all that is left."
      expect violated at every level {
    let u = SELECT pro_until FROM users WHERE id = 1;
    UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "READ COMMITTED loses an extension; above it the loser fails, and is delivered again."
      expect violated at "read committed", holds at "repeatable read", "serializable",
             violated at every level with duplicate {
    transaction {
      let u = SELECT pro_until FROM users WHERE id = 1;
      UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
    }
    respond 200;
  }

  variant greatest "pro_until = GREATEST(pro_until, target), both targets from one earlier read"
      story "GREATEST(1st + 30, 1st + 14): the fourteen days are lost in every order."
      expect violated at every level {
    let u = SELECT pro_until FROM users WHERE id = 1;
    let target = u.pro_until + days;
    UPDATE users SET paid = true, pro_until = greatest(pro_until, :target) WHERE id = 1;
    respond 200;
  }

  variant monotonic_guard "write only where the date grows"
      story "The same loss with a row count of 0 that nobody reads: the whole grant is dropped (lms-front #628)."
      expect violated at every level {
    let u = SELECT pro_until FROM users WHERE id = 1;
    UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1 AND pro_until < :u.pro_until + :days;
    respond 200;
  }

  variant in_place "pro_until = pro_until + days"
      story "Nothing is lost. Received twice, the thirty days are given twice: 74 instead of 44."
      expect holds at every level, violated at every level with duplicate {
    UPDATE users SET paid = true, pro_until = pro_until + :days WHERE id = 1;
    respond 200;
  }

  variant dedup_then_in_place "INSERT the event ON CONFLICT DO NOTHING, then add the days"
      story "Each event once. A crash between the two, and the event counts as applied: the days are never given."
      expect holds at every level, violated at every level with crash {
    let mine = INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 200; }
    UPDATE users SET paid = true, pro_until = pro_until + :days WHERE id = 1;
    respond 200;
  }

  variant applied_in_transaction "both in one transaction, and the whole again after 40001"
      story "No loss: each event once, each day counted, and a crash takes both back."
      expect holds at every level {
    retry on serialization_failure {
      transaction {
        let mine = INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
        if mine.count = 0 { rollback; respond 200; }
        UPDATE users SET paid = true, pro_until = pro_until + :days WHERE id = 1;
      }
    }
    respond 200;
  }

  variant unique_event "both in one transaction, and 23505 says that it was applied"
      story "No loss at READ COMMITTED. Above it 40001 is an error, and the message is delivered again."
      expect holds at every level {
    try {
      transaction {
        INSERT INTO applied VALUES (:event);
        UPDATE users SET paid = true, pro_until = pro_until + :days WHERE id = 1;
      }
    } catch unique_violation {
      respond 200;
    }
    respond 200;
  }

  variant row_lock "the user FOR UPDATE, date + days"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    transaction {
      let u = SELECT pro_until FROM users WHERE id = 1 FOR UPDATE;
      UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
    }
    respond 200;
  }

  variant row_lock_and_event "the user FOR UPDATE, look for the event, date + days"
      story "No loss: the user's row is the lock for his events, too."
      expect holds at every level {
    transaction {
      let u = SELECT pro_until FROM users WHERE id = 1 FOR UPDATE;
      let known = SELECT event FROM applied WHERE event = :event;
      if known.found { rollback; respond 200; }
      INSERT INTO applied VALUES (:event);
      UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
    }
    respond 200;
  }

  variant optimistic_version "a version, its row count, and the message is delivered again"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    let u = SELECT pro_until, version FROM users WHERE id = 1;
    let done = UPDATE users SET paid = true, pro_until = :u.pro_until + :days, version = version + 1 WHERE id = 1 AND version = :u.version;
    if done.count = 0 { respond 503; }
    respond 200;
  }

  variant unread_version "the same, and nobody reads the row count"
      story "The version says no, the provider is told 200, and the days are gone."
      expect violated at every level {
    let u = SELECT pro_until, version FROM users WHERE id = 1;
    UPDATE users SET paid = true, pro_until = :u.pro_until + :days, version = version + 1 WHERE id = 1 AND version = :u.version;
    respond 200;
  }

  variant serializable_swallowed "SERIALIZABLE, and the handler answers 200 whatever happens"
      story "40001 is caught and logged, the provider is told 200, and the days are gone."
      expect violated at every level {
    try {
      transaction at "serializable" {
        let u = SELECT pro_until FROM users WHERE id = 1;
        UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
      }
    } catch serialization_failure { }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, event and days, and the whole again after 40001"
      story "No loss."
      expect holds at every level {
    retry on serialization_failure {
      transaction at "serializable" {
        let known = SELECT event FROM applied WHERE event = :event;
        if known.found { rollback; respond 200; }
        INSERT INTO applied VALUES (:event);
        let u = SELECT pro_until FROM users WHERE id = 1;
        UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
      }
    }
    respond 200;
  }

  variant set_add "write the grant down; the date is the sum"
      story "A sum over a set of grants: nothing is lost. A grant that comes twice is there twice."
      expect holds at every level, violated at every level with duplicate {
    INSERT INTO grants VALUES (:event, :days);
    respond 200;
  }

  variant set_add_by_event "write the grant down under its event"
      story "No loss: a set of events, and the date is their sum."
      expect holds at every level {
    WITH mine AS (INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING RETURNING event)
      INSERT INTO grants SELECT event, :days FROM mine;
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the date is written, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 503; }
    try {
      let u = SELECT pro_until FROM users WHERE id = 1;
      UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the date is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 503; }
    try {
      let u = SELECT pro_until FROM users WHERE id = 1;
      UPDATE users SET paid = true, pro_until = :u.pro_until + :days WHERE id = 1;
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run deliver extend('payment', 30) until 200 * 1, deliver extend('present', 14) until 200

always  "who is paid up has the flag" { SELECT bool_and(paid OR pro_until <= '2024-01-01') FROM users }
finally "every day that was granted is there, and no other" {
  SELECT (SELECT pro_until - date '2024-01-01' FROM users WHERE id = 1) + (SELECT coalesce(sum(days), 0) FROM grants) = 44
}
