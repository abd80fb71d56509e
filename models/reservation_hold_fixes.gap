-- Who gets the hold: two buyers, one seat. (How a hold ends is in reservation_hold.gap.)
scenario reservation_hold_fixes "Two buyers want to hold one seat"

database hall postgres {
  CREATE TABLE seats (id int PRIMARY KEY, status text NOT NULL, version int NOT NULL);
  CREATE TABLE counted (id int PRIMARY KEY, taken int NOT NULL CHECK (taken <= 1));
  CREATE TABLE holds (seat int PRIMARY KEY);
  CREATE TABLE wishes (seat int NOT NULL, number int NOT NULL);
  INSERT INTO seats VALUES (1, 'free', 0);
  INSERT INTO counted VALUES (1, 0);
}
database redis redis { }

faults none;
faults crash <= 1;

request hold(seat) {

  variant lock_absent_hold "the hold FOR UPDATE before there is one"
      story "Cal.com's first fix (#28151): no hold, no row, no lock. Here the key notices in the end, with an internal error."
      expect violated at every level {
    transaction {
      let held = SELECT seat FROM holds WHERE seat = :seat FOR UPDATE;
      if held.found { rollback; respond 409; }
      INSERT INTO holds VALUES (:seat);
    }
    effect held(seat);
    respond 200;
  }

  variant transaction_without_lock "look and hold between BEGIN and COMMIT"
      story "Both find it free. Above READ COMMITTED one sees an internal error."
      expect violated at every level {
    transaction {
      let place = SELECT status FROM seats WHERE id = :seat;
      if place.status <> 'free' { rollback; respond 409; }
      UPDATE seats SET status = 'held' WHERE id = :seat;
    }
    effect held(seat);
    respond 200;
  }

  variant conditional_update "free → held, and the row count decides"
      story "No loss: the from-state is matched."
      expect holds at every level {
    let mine = UPDATE seats SET status = 'held' WHERE id = :seat AND status = 'free';
    if mine.count = 0 { respond 409; }
    effect held(seat);
    respond 200;
  }

  variant row_lock "the seat FOR UPDATE"
      story "No loss at READ COMMITTED; above it 40001 goes to the customer."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let place = SELECT status FROM seats WHERE id = :seat FOR UPDATE;
      if place.status <> 'free' { rollback; respond 409; }
      UPDATE seats SET status = 'held' WHERE id = :seat;
    }
    effect held(seat);
    respond 200;
  }

  variant row_lock_nowait "the seat FOR UPDATE NOWAIT"
      story "No loss: who would have to wait is told so at once; at REPEATABLE READ and above there can still be 40001."
      expect holds at every level {
    try {
      transaction {
        let place = SELECT status FROM seats WHERE id = :seat FOR UPDATE NOWAIT;
        if place.status <> 'free' { rollback; respond 409; }
        UPDATE seats SET status = 'held' WHERE id = :seat;
      }
    } catch lock_not_available {
      respond 409;
    }
    effect held(seat);
    respond 200;
  }

  variant optimistic_version "a version, and its row count decides"
      story "No loss."
      expect holds at every level {
    let place = SELECT status, version FROM seats WHERE id = :seat;
    if place.status <> 'free' { respond 409; }
    let mine = UPDATE seats SET status = 'held', version = version + 1 WHERE id = :seat AND version = :place.version;
    if mine.count = 0 { respond 409; }
    effect held(seat);
    respond 200;
  }

  variant unread_version "the same, and nobody reads the row count"
      story "The version says no, and both believe that they hold it."
      expect violated at every level {
    let place = SELECT status, version FROM seats WHERE id = :seat;
    if place.status <> 'free' { respond 409; }
    UPDATE seats SET status = 'held', version = version + 1 WHERE id = :seat AND version = :place.version;
    effect held(seat);
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "One holds, the other sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let place = SELECT status FROM seats WHERE id = :seat;
      if place.status <> 'free' { rollback; respond 409; }
      UPDATE seats SET status = 'held' WHERE id = :seat;
    }
    effect held(seat);
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let place = SELECT status FROM seats WHERE id = :seat;
        if place.status <> 'free' { rollback; respond 409; }
        UPDATE seats SET status = 'held' WHERE id = :seat;
      }
    } exhausted {
      respond 503;
    }
    effect held(seat);
    respond 200;
  }

  variant on_conflict "INSERT the hold ON CONFLICT DO NOTHING"
      story "No loss: 0 rows mean that another holds it."
      expect holds at every level {
    let mine = INSERT INTO holds VALUES (:seat) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    effect held(seat);
    respond 200;
  }

  variant unique_constraint "INSERT the hold, and 23505 says that another has it"
      story "No loss."
      expect holds at every level {
    try {
      INSERT INTO holds VALUES (:seat);
    } catch unique_violation {
      respond 409;
    }
    effect held(seat);
    respond 200;
  }

  variant check_constraint "taken + 1 against CHECK (taken <= 1)"
      story "No loss."
      expect holds at every level {
    try {
      UPDATE counted SET taken = taken + 1 WHERE id = :seat;
    } catch check_violation {
      respond 409;
    }
    effect held(seat);
    respond 200;
  }

  variant commutative "write down one's wish, count the wishes"
      story "Each wish is there, as sets go; both count two, and nobody gets the seat."
      expect violated at every level {
    INSERT INTO wishes VALUES (:seat, 1);
    let wishes = SELECT count(*) AS n FROM wishes WHERE seat = :seat;
    if wishes.n > 1 { respond 409; }
    effect held(seat);
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the hold is written, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let place = SELECT status FROM seats WHERE id = :seat;
      if place.status <> 'free' { respond 409; }
      UPDATE seats SET status = 'held' WHERE id = :seat;
      effect held(seat);
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the hold is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let place = SELECT status FROM seats WHERE id = :seat;
      if place.status <> 'free' { respond 409; }
      UPDATE seats SET status = 'held' WHERE id = :seat;
      effect held(seat);
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run hold(1) * 2

always  "one at most holds the seat" { SELECT count(*) <= 1 FROM held }
finally "somebody holds it" {
  SELECT EXISTS (SELECT 1 FROM held) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', '423', 'crashed'))
}
