-- A document may have five revisions; four are there. Lock the parent, then count the children: the repair that every
-- review asks for (uzi #106). It is right at READ COMMITTED, as two statements, and wrong one level above.
scenario lock_parent_then_count "At most 5 revisions, and two are added to 4"

database app postgres {
  CREATE TABLE documents (id int PRIMARY KEY, revisions int NOT NULL, touched int NOT NULL DEFAULT 0);
  CREATE TABLE revisions (document int NOT NULL, body text NOT NULL);
  INSERT INTO documents (id, revisions) VALUES (1, 4);
  INSERT INTO revisions VALUES (1, 'a'), (1, 'b'), (1, 'c'), (1, 'd');
}

request revise(document) {

  variant lock_then_count "SELECT the document FOR UPDATE, then count"
      story "At REPEATABLE READ the snapshot is taken before the wait, so the count after it is old: six revisions."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT id FROM documents WHERE id = :document FOR UPDATE;
      let made = SELECT count(*) AS n FROM revisions WHERE document = :document;
      if made.n >= 5 { rollback; respond 409; }
      INSERT INTO revisions VALUES (:document, 'new');
    }
    respond 200;
  }

  variant share_lock "the document FOR SHARE, then count"
      story "FOR SHARE lets both in at once; a lock that two can hold keeps nobody out."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      SELECT id FROM documents WHERE id = :document FOR SHARE;
      let made = SELECT count(*) AS n FROM revisions WHERE document = :document;
      if made.n >= 5 { rollback; respond 409; }
      INSERT INTO revisions VALUES (:document, 'new');
    }
    respond 200;
  }

  variant lock_in_cte "WITH locked AS (SELECT … FOR UPDATE) INSERT … WHERE count < 5"
      story "Uzi #106: lock and count in one statement, and one statement has one snapshot: that of before the wait."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let done = WITH locked AS (SELECT id FROM documents WHERE id = :document FOR UPDATE)
                 INSERT INTO revisions SELECT locked.id, 'new' FROM locked
                 WHERE (SELECT count(*) FROM revisions r WHERE r.document = :document) < 5;
      if done.count = 0 { rollback; respond 409; }
    }
    respond 200;
  }

  variant look_then_lock "a plain SELECT first, then the lock, then count"
      story "At READ COMMITTED the count is fresh all the same; at REPEATABLE READ the first SELECT has fixed what is seen."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      let doc = SELECT id FROM documents WHERE id = :document;
      if NOT doc.found { rollback; respond 404; }
      SELECT id FROM documents WHERE id = :document FOR UPDATE;
      let made = SELECT count(*) AS n FROM revisions WHERE document = :document;
      if made.n >= 5 { rollback; respond 409; }
      INSERT INTO revisions VALUES (:document, 'new');
    }
    respond 200;
  }

  variant touch_then_count "UPDATE the document instead of locking it, then count"
      story "No loss: a row that was changed, not only locked, ends the wait with 40001 above READ COMMITTED."
      expect holds at every level {
    transaction {
      UPDATE documents SET touched = touched + 1 WHERE id = :document;
      let made = SELECT count(*) AS n FROM revisions WHERE document = :document;
      if made.n >= 5 { rollback; respond 409; }
      INSERT INTO revisions VALUES (:document, 'new');
    }
    respond 200;
  }

  variant conditional_update "a guarded counter on the document"
      story "No loss: the counter is the limit, at every level."
      expect holds at every level {
    transaction {
      let done = UPDATE documents SET revisions = revisions + 1 WHERE id = :document AND revisions < 5;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO revisions VALUES (:document, 'new');
    }
    respond 200;
  }
}

run revise(1) * 2

always  "a document has at most 5 revisions" { SELECT count(*) <= 5 FROM revisions WHERE document = 1 }
finally "somebody could revise" { SELECT EXISTS (SELECT 1 FROM responses WHERE status = '200') }
