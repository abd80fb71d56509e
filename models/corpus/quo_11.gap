-- QUO-11: ADE relay: D1 increment, then a separate SELECT of the counter
-- Source: github.com/arul28/ADE/pull/715 (review)
-- Store: SQLite (D1), autocommit; here PostgreSQL at read committed
-- Invariant: not more calls than the budget; the budget can be used
-- Shipped fix: none known -> safe for the cap, wrong the other way

scenario quo_11 "One call is in the budget, and two come"

database app postgres {
  CREATE TABLE counters (day int PRIMARY KEY, count int NOT NULL);
}

request relay(day) {

  variant buggy "count, then look at the count"
      story "Both have counted before either looks: both see 2 of 1, and nobody is served."
      expect violated {
    INSERT INTO counters VALUES (:day, 1) ON CONFLICT (day) DO UPDATE SET count = counters.count + 1;
    let counter = SELECT count AS n FROM counters WHERE day = :day;
    if counter.n > 1 { respond 429; }
    call upstream(day);
  }

  variant reference "one statement counts and says the number"
      expect holds {
    let counter = INSERT INTO counters VALUES (:day, 1) ON CONFLICT (day) DO UPDATE SET count = counters.count + 1
                  RETURNING count AS n;
    if counter.n > 1 { respond 429; }
    call upstream(day);
  }
}

run relay(1) * 2

always  "not more than the budget" { SELECT count(*) <= 1 FROM upstream }
finally "the budget is used"       { SELECT count(*) = 1 FROM upstream }
finally "the other is told why"    { SELECT count(*) = 0 FROM responses WHERE status <> 200 AND status <> 429 }
