-- QUO-01: uzi revise cap: the lock and the count in one statement
-- Source: github.com/vtmocanu/uzi/issues/106 (diagnosed by the maintainers)
-- Store: PostgreSQL at read committed, autocommit
-- Invariant: not more children than the cap
-- Shipped fix: asked for: the lock in a statement of its own, in a transaction -> complete at read committed only
-- Note: cap 2, one child is there. The statement's snapshot is taken before it waits for the lock (e3); at repeatable read the
--   locking statement fixes the snapshot of the whole transaction in the same way (e6). In Gapless autocommitted statements never
--   overlap, on a server they do: so the one statement stands in `transaction { }`.

scenario quo_01 "One more revision is allowed, and two ask for it"

database app postgres {
  CREATE TABLE parents (id int PRIMARY KEY);
  CREATE TABLE children (parent_id int NOT NULL);
  INSERT INTO parents VALUES (1);
  INSERT INTO children VALUES (1);
}

request revise(parent) {

  variant buggy "WITH locked AS (SELECT … FOR UPDATE) INSERT … WHERE (SELECT count(*) …) < cap"
      story "The second waits for the lock, but has counted already: three children of two."
      expect violated {
    transaction {                                                        -- autocommit: see the note
      let done = WITH locked AS (SELECT id FROM parents WHERE id = :parent FOR UPDATE)
                 INSERT INTO children SELECT id FROM locked
                 WHERE (SELECT count(*) FROM children c WHERE c.parent_id = :parent) < 2;
      if done.count = 0 { rollback; respond 429; }
    }
  }

  variant shipped "first the lock, then the count"
      story "At repeatable read the snapshot is as old as the wait for the lock."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT id FROM parents WHERE id = :parent FOR UPDATE;
      let done = INSERT INTO children SELECT :parent
                 WHERE (SELECT count(*) FROM children c WHERE c.parent_id = :parent) < 2;
      if done.count = 0 { rollback; respond 429; }
    }
  }

  variant reference "a counter that is guarded where it is written"
      schema {
        CREATE TABLE counters (parent_id int PRIMARY KEY, used int NOT NULL);
        INSERT INTO counters VALUES (1, 1);
      }
      expect holds {
    let room = UPDATE counters SET used = used + 1 WHERE parent_id = :parent AND used < 2;
    if room.count = 0 { respond 429; }
    INSERT INTO children VALUES (:parent);
  }
}

run revise(1) * 2

always "not more than the cap" { SELECT count(*) <= 2 FROM children }
