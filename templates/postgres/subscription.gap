-- Subscription: the renewal job charges for a month while the customer cancels.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario subscription "A renewal and a cancellation at the same time"

database app postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE subscriptions (id int PRIMARY KEY, status text NOT NULL, months int NOT NULL);
  INSERT INTO subscriptions VALUES (1, 'active', 0);
}

request renew(id) {

  -- The job as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "look, charge, write"
      story "The cancellation is confirmed between the look and the charge: the customer pays, and is active again."
      expect violated {
    let found = SELECT status, months FROM subscriptions WHERE id = :id;
    if found.status <> 'active' { respond 409; }
    call charge(id);                         -- somebody else's server: a step of its own, and no rollback undoes it
    UPDATE subscriptions SET status = 'active', months = :found.months + 1 WHERE id = :id;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "active → renewing → active, each from the state that it matches"
      story "No loss: whoever comes first decides, and the other one is told so before anything is charged."
      expect holds {
    let mine = UPDATE subscriptions SET status = 'renewing' WHERE id = :id AND status = 'active';
    if mine.count = 0 { respond 409; }
    call charge(id);
    UPDATE subscriptions SET status = 'active', months = months + 1 WHERE id = :id AND status = 'renewing';
    respond 200;
  }
}

request cancel(id) {
  let mine = UPDATE subscriptions SET status = 'cancelled' WHERE id = :id AND status = 'active';
  if mine.count = 0 { respond 409; }
  effect confirmed(id);                      -- the customer has it in writing
  respond 200;
}

run renew(1), cancel(1)

-- `history` sees the order of effects: each of their tables has a column `position`.
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM charge a WHERE EXISTS (SELECT 1 FROM confirmed b WHERE b.position < a.position))
}
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM confirmed) OR (SELECT status = 'cancelled' FROM subscriptions WHERE id = 1)
}
finally "who was charged has the month" {
  SELECT (SELECT months FROM subscriptions WHERE id = 1) = (SELECT count(*) FROM charge)
}
