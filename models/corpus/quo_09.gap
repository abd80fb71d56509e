-- QUO-09: langfuse: Serializable without retry turns benign conflicts into 500
-- Source: github.com/langfuse/langfuse/pull/13971 (review)
-- Store: PostgreSQL at serializable (Prisma, P2034)
-- Invariant: not more queues than the cap; what is within the cap and has a name of its own is created
-- Shipped fix: not known: a retry, or 409 -> no verdict; `reference` is the retry

scenario quo_09 "Two queues with names of their own, one of a name that is taken, one too many"

isolation "serializable"

database app postgres {
  CREATE TABLE queues (name text NOT NULL);
  INSERT INTO queues VALUES ('c');
}

request create_queue(name) {

  variant buggy "count, look for the name, insert"
      story "Two creations that have nothing to do with each other: the second ends with serialization_failure, a 500."
      expect violated {
    transaction {
      let total = SELECT count(*) AS n FROM queues;
      if total.n >= 3 { rollback; respond 403; }
      let same = SELECT count(*) AS n FROM queues WHERE name = :name;
      if same.n > 0 { rollback; respond 409; }
      INSERT INTO queues VALUES (:name);
    }
  }

  variant reference "the whole transaction again" at "serializable"
      expect holds {
    retry up to 3 on serialization_failure {
      transaction {
        let total = SELECT count(*) AS n FROM queues;
        if total.n >= 3 { rollback; respond 403; }
        let same = SELECT count(*) AS n FROM queues WHERE name = :name;
        if same.n > 0 { rollback; respond 409; }
        INSERT INTO queues VALUES (:name);
      }
    }
  }
}

run create_queue('a'), create_queue('b'), create_queue('c'), create_queue('d')

always  "not more than the cap"      { SELECT count(*) <= 3 FROM queues }
always  "each name once"             { SELECT count(*) = count(DISTINCT name) FROM queues }
finally "what is allowed is created" { SELECT count(*) = 3 FROM queues }
