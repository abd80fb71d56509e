-- Points are a ledger: what a customer has is the sum of the rows. Two orders spend 60 and 45 of
-- 100: one of them can. (Medusa #16347: two
-- checkouts, one gift card; and its fix, which debits again when a step of the workflow is retried.)
--
-- Seen only by the history `one debit an order`, while the sum is right: row_lock, conditional_update,
-- optimistic_version, serializable_with_retry and check_constraint, all with a retry.
scenario loyalty_points "Two orders spend 60 and 45 of 100 points"

database shop postgres {
  CREATE TABLE customers (id int PRIMARY KEY, points int NOT NULL, version int NOT NULL);
  CREATE TABLE checked (id int PRIMARY KEY, points int NOT NULL CHECK (points >= 0));
  CREATE TABLE entries (customer int NOT NULL, points int NOT NULL, reference text NOT NULL);
  CREATE TABLE debits (reference text PRIMARY KEY, points int NOT NULL);
  INSERT INTO customers VALUES (1, 100, 0);
  INSERT INTO checked VALUES (1, 100);
  INSERT INTO entries VALUES (1, 100, 'welcome');
}
database redis redis { }

faults none;
faults crash <= 1;
faults retry <= 1;

request spend(order_id, points) {

  variant naive "sum the ledger, check, add a row"
      story "Both sum 100; the ledger ends at -20."
      expect violated at every level {
    let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
    if had.points < points { respond 402; }
    INSERT INTO entries VALUES (1, -:points, :order_id);
    effect spent(order_id, points);
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Both sum 100; SERIALIZABLE notices, and shows an internal error."
      expect violated at every level {
    transaction {
      let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
      if had.points < points { rollback; respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant lock_the_entries "the rows of the ledger FOR UPDATE, then the sum"
      story "All rows that are there are locked; the two debits are not there yet."
      expect violated at every level {
    transaction {
      let had = SELECT sum(e.points) AS points FROM (SELECT points FROM entries WHERE customer = 1 FOR UPDATE) e;
      if had.points < points { rollback; respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant row_lock "the customer FOR UPDATE in its own statement, then the sum"
      story "No overdraft at READ COMMITTED. Sent again, the same order is debited again where the points allow it."
      expect holds at "read committed", violated at "repeatable read", "serializable",
             violated at every level with retry {
    transaction {
      SELECT id FROM customers WHERE id = 1 FOR UPDATE;
      let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
      if had.points < points { rollback; respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant row_lock_and_reference "the same, and a unique reference"
      story "No loss at READ COMMITTED: no overdraft, and no order debited twice."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    try {
      transaction {
        SELECT id FROM customers WHERE id = 1 FOR UPDATE;
        let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
        if had.points < points { rollback; respond 402; }
        INSERT INTO debits VALUES (:order_id, :points);
        INSERT INTO entries VALUES (1, -:points, :order_id);
      }
    } catch unique_violation {
      respond 200;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant conditional_update "the sum is kept: points = points - 60 WHERE points >= 60"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    let done = UPDATE customers SET points = points - :points WHERE id = 1 AND points >= :points;
    if done.count = 0 { respond 402; }
    effect spent(order_id, points);
    respond 200;
  }

  variant guard_and_reference "a unique reference and the guarded debit in one transaction, again after 40001"
      story "No loss at any level: the order's own number makes it once, the guard keeps the points above zero."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction {
        let mine = INSERT INTO debits VALUES (:order_id, :points) ON CONFLICT DO NOTHING;
        if mine.count = 0 { rollback; respond 200; }
        let done = UPDATE customers SET points = points - :points WHERE id = 1 AND points >= :points;
        if done.count = 0 { rollback; respond 402; }
      }
    } exhausted {
      respond 503;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant optimistic_version "a version of the customer, its row count, and a second attempt"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry up to 2 {
      let had = SELECT points, version FROM customers WHERE id = 1;
      if had.points < points { respond 402; }
      let done = UPDATE customers SET points = :had.points - :points, version = version + 1 WHERE id = 1 AND version = :had.version;
      if done.count = 0 { again; }
      effect spent(order_id, points);
      respond 200;
    }
    respond 503;
  }

  variant unread_version "the same version, and nobody reads the row count"
      story "The second UPDATE changes nothing; 120 points are spent of 100."
      expect violated at every level {
    let had = SELECT points, version FROM customers WHERE id = 1;
    if had.points < points { respond 402; }
    UPDATE customers SET points = :had.points - :points, version = version + 1 WHERE id = 1 AND version = :had.version;
    effect spent(order_id, points);
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "No overdraft, and one customer sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
      if had.points < points { rollback; respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
        if had.points < points { rollback; respond 402; }
        INSERT INTO entries VALUES (1, -:points, :order_id);
      }
    } exhausted {
      respond 503;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant check_constraint "points - 60 in place, above CHECK (points >= 0)"
      story "No overdraft: the CHECK refuses. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    try {
      UPDATE checked SET points = points - :points WHERE id = 1;
    } catch check_violation {
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant commutative "check, then points = points - 60"
      story "Subtractions commute, and their sum is -20."
      expect violated at every level {
    let had = SELECT points FROM customers WHERE id = 1;
    if had.points < points { respond 402; }
    UPDATE customers SET points = points - :points WHERE id = 1;
    effect spent(order_id, points);
    respond 200;
  }

  variant lock_and_delete "a lock in Redis: SET NX EX, work, DEL"
      story "The lease is over before the debit is written, and the next one comes in."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
      if had.points < points { respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
      effect spent(order_id, points);
      respond 200;
    } finally {
      redis> DEL lock;
    }
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the debit is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    try {
      let had = SELECT sum(points) AS points FROM entries WHERE customer = 1;
      if had.points < points { respond 402; }
      INSERT INTO entries VALUES (1, -:points, :order_id);
      effect spent(order_id, points);
      respond 200;
    } finally {
      redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    }
  }
}

run spend('a', 60) * 1, spend('b', 45)

always  "nobody spends more than he has" {
  SELECT (SELECT sum(points) FROM entries) >= 0 AND (SELECT min(points) FROM customers) >= 0
     AND (SELECT coalesce(sum(points), 0) FROM spent) <= 100
}
history "one debit an order" {
  SELECT NOT EXISTS (SELECT 1 FROM spent a JOIN spent b ON a.order_id = b.order_id AND a.position < b.position)
}
finally "what was spent left the points" {
  SELECT 300 - (SELECT sum(points) FROM entries) - (SELECT points FROM customers WHERE id = 1) - (SELECT points FROM checked WHERE id = 1)
       = (SELECT coalesce(sum(points), 0) FROM spent)
}
finally "somebody gets something for his points" {
  SELECT EXISTS (SELECT 1 FROM spent) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402', '503', '423', 'crashed'))
}
