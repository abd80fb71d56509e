-- The fixes for resource_limit.gap that need other tables, and a crash. A team pays for five; four are there.
--
-- Seen only by `the counter counts the members`, while the limit holds: guard_then_insert with a crash. Only by `nobody
-- sees an internal error`: serializable_without_retry.
scenario resource_limit_fixes "At most 5 members, two join a team of 4, and one may crash"

database app postgres {
  CREATE TABLE teams (id int PRIMARY KEY, members int NOT NULL, max_members int NOT NULL, version int NOT NULL);
  CREATE TABLE capped (id int PRIMARY KEY, members int NOT NULL CHECK (members <= 5));
  CREATE TABLE members (team int NOT NULL, name text NOT NULL);
  CREATE TABLE seats (team int NOT NULL, seat int NOT NULL, status text NOT NULL, UNIQUE (team, seat));
  CREATE TABLE numbered (team int NOT NULL, seat int NOT NULL, UNIQUE (team, seat));
  INSERT INTO teams VALUES (1, 4, 5, 0);
  INSERT INTO capped VALUES (1, 4);
  INSERT INTO members VALUES (1, 'ann'), (1, 'bob'), (1, 'cem'), (1, 'dee');
  INSERT INTO seats VALUES (1, 1, 'taken'), (1, 2, 'taken'), (1, 3, 'taken'), (1, 4, 'taken'), (1, 5, 'free');
  INSERT INTO numbered VALUES (1, 1), (1, 2), (1, 3), (1, 4);
}
database redis redis { }

faults none;
faults crash <= 1;

request accept_invitation(team) {

  variant transaction_without_lock "count and insert between BEGIN and COMMIT"
      story "Both count 4 and join. SERIALIZABLE notices, and shows an internal error."
      expect violated at every level {
    transaction {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
      UPDATE teams SET members = :taken.n + 1 WHERE id = :team;
    }
    respond 200;
  }

  variant guard_then_insert "a guarded counter, then the member, without a transaction"
      story "A crash between the two: the seat is paid for, counted, and nobody sits on it."
      expect holds at every level, violated at every level with crash {
    let done = UPDATE teams SET members = members + 1 WHERE id = :team AND members < max_members;
    if done.count = 0 { respond 409; }
    INSERT INTO members VALUES (:team, 'new');
    respond 200;
  }

  variant conditional_update "the guarded counter and the member in one statement"
      story "No loss, with or without a crash."
      expect holds at every level {
    let done = WITH seat AS (UPDATE teams SET members = members + 1 WHERE id = :team AND members < max_members RETURNING id)
               INSERT INTO members SELECT id, 'new' FROM seat;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant row_lock "the team FOR UPDATE in its own statement, then count"
      story "No loss at READ COMMITTED. REPEATABLE READ counts what was there before the wait, SERIALIZABLE shows 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      SELECT id FROM teams WHERE id = :team FOR UPDATE;
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
      UPDATE teams SET members = members + 1 WHERE id = :team;
    }
    respond 200;
  }

  variant optimistic_version "a version of the team, its row count, and a second attempt"
      story "No loss at READ COMMITTED: whoever joins raises the version."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    retry up to 2 {
      let plan = SELECT members, version FROM teams WHERE id = :team;
      if plan.members >= 5 { respond 409; }
      transaction {
        let done = UPDATE teams SET members = members + 1, version = version + 1 WHERE id = :team AND version = :plan.version;
        if done.count = 0 { again; }
        INSERT INTO members VALUES (:team, 'new');
      }
      respond 200;
    }
    respond 503;
  }

  variant unread_version "the same version, and nobody reads the row count"
      story "The version says no, and the sixth member joins."
      expect violated at every level {
    let plan = SELECT members, version FROM teams WHERE id = :team;
    if plan.members >= 5 { respond 409; }
    UPDATE teams SET members = members + 1, version = version + 1 WHERE id = :team AND version = :plan.version;
    INSERT INTO members VALUES (:team, 'new');
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "The team has five, and the sixth sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
      UPDATE teams SET members = members + 1 WHERE id = :team;
    }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss: counting is safe where a false count makes COMMIT fail."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
        UPDATE teams SET members = members + 1 WHERE id = :team;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }

  variant on_conflict "numbered seats: INSERT … ON CONFLICT DO NOTHING"
      story "No loss: a seat is taken once, and 0 rows mean that another has it."
      expect holds at every level {
    let taken = SELECT count(*) AS n FROM numbered WHERE team = :team;
    if taken.n >= 5 { respond 409; }
    let mine = INSERT INTO numbered VALUES (:team, :taken.n + 1) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    respond 200;
  }

  variant state_machine "free → taken on a seat that is there already"
      story "No loss: the plan's seats are rows, and a row goes from free to taken once."
      expect holds at every level {
    let mine = UPDATE seats SET status = 'taken' WHERE team = :team AND seat = 5 AND status = 'free';
    if mine.count = 0 { respond 409; }
    respond 200;
  }

  variant check_constraint "members + 1 against CHECK (members <= 5)"
      story "No loss at READ COMMITTED: the CHECK takes the member back. Above it the customer sees 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    try {
      transaction {
        INSERT INTO members VALUES (:team, 'new');
        UPDATE capped SET members = members + 1 WHERE id = :team;
        UPDATE teams SET members = members + 1 WHERE id = :team;
      }
    } catch check_violation {
      respond 409;
    }
    respond 200;
  }

  variant commutative "count, then members + 1"
      story "The counter is right, and it is 6."
      expect violated at every level {
    let plan = SELECT members FROM teams WHERE id = :team;
    if plan.members >= 5 { respond 409; }
    UPDATE teams SET members = members + 1 WHERE id = :team;
    INSERT INTO members VALUES (:team, 'new');
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the member is there, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { respond 409; }
      transaction {
        INSERT INTO members VALUES (:team, 'new');
        UPDATE teams SET members = members + 1 WHERE id = :team;
      }
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the member is there, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { respond 409; }
      transaction {
        INSERT INTO members VALUES (:team, 'new');
        UPDATE teams SET members = members + 1 WHERE id = :team;
      }
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run accept_invitation(1) * 2

always  "the team has at most 5 members" {
  SELECT (SELECT count(*) FROM members) <= 5 AND (SELECT count(*) FROM seats WHERE status = 'taken') <= 5
     AND (SELECT count(*) FROM numbered) <= 5 AND (SELECT members FROM teams WHERE id = 1) <= 5
}
finally "the counter counts the members" {
  SELECT (SELECT members FROM teams WHERE id = 1) = (SELECT count(*) FROM members)
}
finally "somebody joined" { SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', 'crashed')) }
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', '423', 'crashed'))
}
finally "who was told 200 is a member" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200') <= (SELECT count(*) FROM members) - 4
       + (SELECT count(*) FROM numbered) - 4 + (SELECT count(*) FROM seats WHERE status = 'taken') - 4
}
