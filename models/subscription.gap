-- A subscription's second month is due, and its renewal and a cancellation meet. Who cancels before the charge is not
-- charged; who was charged has the month; who cancelled stays cancelled. The renewal is a job: it runs at any time, and
-- once more when everything else is over.
--
-- Seen only by the history `no charge after the cancellation was confirmed`: naive, transaction_without_lock and
-- monotonic_only (the final state of each is right in some). Only by `no renewal is under way for ever`: claim_then_charge
-- with a crash.
scenario subscription "A renewal and a cancellation of one subscription"

database shop postgres {
  CREATE TABLE subscriptions (id int PRIMARY KEY, status text NOT NULL, months int NOT NULL, version int NOT NULL);
  CREATE TABLE periods (subscription int NOT NULL, month int NOT NULL, PRIMARY KEY (subscription, month));
  INSERT INTO subscriptions VALUES (1, 'active', 1, 0);
  INSERT INTO periods VALUES (1, 1);
}
database redis redis { }

faults none;
faults crash <= 1;

request renew(id) {

  variant naive "read, charge, write"
      story "The cancellation is written over: charged after it, and active again."
      expect violated at every level {
    let sub = SELECT status, months FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET status = 'active', months = :sub.months + 1 WHERE id = :id;
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Above READ COMMITTED the write fails, after the charge."
      expect violated at every level {
    transaction {
      let sub = SELECT status, months FROM subscriptions WHERE id = :id;
      if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
      call charge(id);
      UPDATE subscriptions SET status = 'active', months = :sub.months + 1 WHERE id = :id;
    }
    respond 200;
  }

  variant monotonic_only "months = months + 1, and the status left alone"
      story "The month is counted right, and the customer was charged after the cancellation."
      expect violated at every level {
    let sub = SELECT status, months FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET months = months + 1 WHERE id = :id;
    respond 200;
  }

  variant row_lock "SELECT … FOR UPDATE, charge, write, COMMIT"
      story "No charge after a cancellation. A crash before COMMIT, and the charge stands without the month."
      expect holds at "read committed", violated at "repeatable read", "serializable",
             violated at every level with crash {
    transaction {
      let sub = SELECT status, months FROM subscriptions WHERE id = :id FOR UPDATE;
      if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
      call charge(id);
      UPDATE subscriptions SET months = :sub.months + 1 WHERE id = :id;
    }
    respond 200;
  }

  variant claim_then_charge "active → renewing, charge, renewing → active"
      story "Each step matches its from-state. A crash after the first: renewing for ever."
      expect holds at every level, violated at every level with crash {
    let mine = UPDATE subscriptions SET status = 'renewing' WHERE id = :id AND status = 'active' AND months = 1;
    if mine.count = 0 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET status = 'active', months = months + 1 WHERE id = :id AND status = 'renewing';
    respond 200;
  }

  variant state_machine "the same, and who is run again goes on where it was left"
      story "No loss: the job is run again after a crash, finds `renewing`, and asks for the same charge once more."
      expect holds at every level {
    let mine = UPDATE subscriptions SET status = 'renewing' WHERE id = :id AND status IN ('active', 'renewing') AND months = 1;
    if mine.count = 0 { respond 409; }
    call charge(id) key (id);
    UPDATE subscriptions SET status = 'active', months = months + 1 WHERE id = :id AND status = 'renewing' AND months = 1;
    respond 200;
  }

  variant optimistic_version "read a version, charge, write if it is still the same"
      story "The version says that a cancellation came in between; the charge has been made."
      expect violated at every level {
    let sub = SELECT status, months, version FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    let done = UPDATE subscriptions SET months = :sub.months + 1, version = version + 1 WHERE id = :id AND version = :sub.version;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant unread_version "the same, and nobody reads the row count"
      story "The write does nothing, and the answer is 200."
      expect violated at every level {
    let sub = SELECT status, months, version FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET months = :sub.months + 1, version = version + 1 WHERE id = :id AND version = :sub.version;
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE around read, charge and write"
      story "The write fails after the charge."
      expect violated at every level {
    transaction at "serializable" {
      let sub = SELECT status, months FROM subscriptions WHERE id = :id;
      if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
      call charge(id);
      UPDATE subscriptions SET months = :sub.months + 1 WHERE id = :id;
    }
    respond 200;
  }

  variant serializable_with_retry "claim at SERIALIZABLE with retry, charge after COMMIT"
      story "No charge after a cancellation; a crash after the claim, and it renews for ever."
      expect holds at every level, violated at every level with crash {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let sub = SELECT status, months FROM subscriptions WHERE id = :id;
        if sub.status <> 'active' OR sub.months > 1 { rollback; respond 409; }
        UPDATE subscriptions SET status = 'renewing' WHERE id = :id;
      }
    } exhausted {
      respond 503;
    }
    call charge(id);
    UPDATE subscriptions SET status = 'active', months = months + 1 WHERE id = :id;
    respond 200;
  }

  variant on_conflict "a row a month: INSERT … ON CONFLICT DO NOTHING, charge"
      story "No month is charged twice, and nobody looks whether the subscription was cancelled since."
      expect violated at every level {
    let sub = SELECT status, months FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    let mine = INSERT INTO periods VALUES (:id, :sub.months + 1) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET months = months + 1 WHERE id = :id;
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the charge is made, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let sub = SELECT status, months FROM subscriptions WHERE id = :id;
      if sub.status <> 'active' OR sub.months > 1 { respond 409; }
      call charge(id) key (id);
      UPDATE subscriptions SET status = 'active', months = 2 WHERE id = :id;
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the charge is made, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let sub = SELECT status, months FROM subscriptions WHERE id = :id;
      if sub.status <> 'active' OR sub.months > 1 { respond 409; }
      call charge(id) key (id);
      UPDATE subscriptions SET status = 'active', months = 2 WHERE id = :id;
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

request cancel(id) {

  variant naive {
    let sub = SELECT status FROM subscriptions WHERE id = :id;
    if sub.status <> 'active' { respond 409; }
    UPDATE subscriptions SET status = 'cancelled' WHERE id = :id;
    effect cancelled(id);
    respond 200;
  }
  variant transaction_without_lock {
    transaction {
      let sub = SELECT status FROM subscriptions WHERE id = :id;
      if sub.status <> 'active' { rollback; respond 409; }
      UPDATE subscriptions SET status = 'cancelled' WHERE id = :id;
    }
    effect cancelled(id);
    respond 200;
  }
  variant monotonic_only {
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant row_lock {
    transaction {
      let sub = SELECT status FROM subscriptions WHERE id = :id FOR UPDATE;
      if sub.status <> 'active' { rollback; respond 409; }
      UPDATE subscriptions SET status = 'cancelled' WHERE id = :id;
    }
    effect cancelled(id);
    respond 200;
  }
  variant claim_then_charge {
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant state_machine {
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant optimistic_version {
    let done = UPDATE subscriptions SET status = 'cancelled', version = version + 1 WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant unread_version {
    let done = UPDATE subscriptions SET status = 'cancelled', version = version + 1 WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant serializable_without_retry {
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant serializable_with_retry {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let sub = SELECT status FROM subscriptions WHERE id = :id;
        if sub.status <> 'active' { rollback; respond 409; }
        UPDATE subscriptions SET status = 'cancelled' WHERE id = :id;
      }
    } exhausted {
      respond 503;
    }
    effect cancelled(id);
    respond 200;
  }
  variant on_conflict {
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 0 { respond 409; }
    effect cancelled(id);
    respond 200;
  }
  variant lock_and_delete {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 1 { effect cancelled(id); }
    redis> DEL lock;
    if done.count = 0 { respond 409; }
    respond 200;
  }
  variant compare_and_delete {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let done = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
    if done.count = 1 { effect cancelled(id); }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    if done.count = 0 { respond 409; }
    respond 200;
  }
}

run job renew(1), cancel(1) * 1

always  "one renewal is charged once" { SELECT count(*) <= 1 FROM charge }
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled c JOIN charge p ON c.position < p.position)
}
finally "who was charged has the month" {
  SELECT (SELECT months FROM subscriptions WHERE id = 1) = 1 + (SELECT count(*) FROM charge)
}
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled) OR (SELECT status FROM subscriptions WHERE id = 1) = 'cancelled'
}
finally "no renewal is under way for ever" { SELECT NOT EXISTS (SELECT 1 FROM subscriptions WHERE status = 'renewing') }
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', '423', 'crashed'))
}
