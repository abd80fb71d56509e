-- WH-07 unicon: Stripe events are deduplicated in a Map in memory, with a TTL, on serverless
-- Source: github.com/webrenew/unicon/issues/56
-- Store: the memory of two instances, and SQL (here PostgreSQL at READ COMMITTED)
-- Invariant: an event has its effect once
-- Shipped fix: open; asked: a shared store with a unique key -> is `reference`
-- Note: the TTL of the Map is left out: it only forgets more.

scenario wh_07 "An event is delivered to two instances"

database app postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, credits int NOT NULL);
  INSERT INTO accounts VALUES (1, 0);
}
memory instance per process { CREATE TABLE seen (event text PRIMARY KEY); }
processes 2
faults none
faults crash <= 1

request webhook(event) {

  variant buggy "a Map in memory"
      expect violated
      story "Each instance has a Map of its own, and each gives the credits." {
    let known = instance> SELECT event FROM seen WHERE event = :event;
    if known.found { respond 200; }
    UPDATE accounts SET credits = credits + 20 WHERE id = 1;
    instance> INSERT INTO seen VALUES (:event) ON CONFLICT DO NOTHING;
  }

  variant reference "a row with a unique key, in the transaction of the credits"
      schema app { CREATE TABLE events (id text PRIMARY KEY); }
      expect holds {
    transaction {
      let mine = INSERT INTO events VALUES (:event) ON CONFLICT DO NOTHING;
      if mine.found { UPDATE accounts SET credits = credits + 20 WHERE id = 1; }
    }
  }
}

run webhook('evt_1') * 2

finally "credited once"          { SELECT credits = 20 FROM app.accounts }
always  "no delivery is refused" { SELECT count(*) = 0 FROM responses WHERE status = 'unique_violation' }
