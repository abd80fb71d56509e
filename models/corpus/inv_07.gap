-- INV-07: Medusa createReservationItems: two anomalies from one race; the lock is the caller's, not the service's
-- Source: github.com/medusajs/medusa/issues/16569, pull/16575
-- Store: PostgreSQL at read committed, and a lock module (Redis or PostgreSQL) that only workflows use
-- Invariant: SUM(reservations) <= stocked, and reserved = SUM(reservations)
-- Shipped fix: #16575: SELECT … FOR UPDATE of the level, with lock_timeout 3s, in the service -> complete
-- Note: workflows is the same service where all callers take the key lock: the flows that Medusa ships are safe.

scenario inv_07 "Five are stocked; a workflow and a plugin reserve three each"

database shop postgres {
  CREATE TABLE levels (item int PRIMARY KEY, stocked int NOT NULL, reserved int NOT NULL);
  CREATE TABLE reservations (item int NOT NULL, quantity int NOT NULL);
  INSERT INTO levels VALUES (1, 5, 0);
}
lock inventory_item

request reserve(n, caller) {

  variant buggy "the workflow locks, the plugin does not"
      story "Both read 0 reserved: 6 of 5 are reserved, and the level says 3."
      expect violated {
    if caller = 'workflow' { acquire inventory_item(1); }
    transaction {
      let level = SELECT stocked, reserved FROM levels WHERE item = 1;
      if level.stocked - level.reserved < n { rollback; respond 409; }
      INSERT INTO reservations VALUES (1, :n);
      UPDATE levels SET reserved = :level.reserved + :n WHERE item = 1;
    }
  }

  variant workflows "all callers lock" expect holds {
    acquire inventory_item(1);
    transaction {
      let level = SELECT stocked, reserved FROM levels WHERE item = 1;
      if level.stocked - level.reserved < n { rollback; respond 409; }
      INSERT INTO reservations VALUES (1, :n);
      UPDATE levels SET reserved = :level.reserved + :n WHERE item = 1;
    }
  }

  variant shipped "the service locks the level" expect holds {
    if caller = 'workflow' { acquire inventory_item(1); }
    transaction {
      SET LOCAL lock_timeout = '3s';
      let level = SELECT stocked, reserved FROM levels WHERE item = 1 FOR UPDATE;
      if level.stocked - level.reserved < n { rollback; respond 409; }
      INSERT INTO reservations VALUES (1, :n);
      UPDATE levels SET reserved = :level.reserved + :n WHERE item = 1;
    }
  }

  variant reference "a guarded update reserves, no lock needed" expect holds {
    transaction {
      let level = UPDATE levels SET reserved = reserved + :n WHERE item = 1 AND stocked - reserved >= :n;
      if level.count = 0 { rollback; respond 409; }
      INSERT INTO reservations VALUES (1, :n);
    }
  }
}

run reserve(3, 'workflow'), reserve(3, 'plugin')

always "no more is reserved than stocked" { SELECT coalesce(sum(quantity), 0) <= 5 FROM reservations }
always "the level has what is reserved" {
  SELECT reserved = (SELECT coalesce(sum(r.quantity), 0) FROM reservations r) FROM levels
}
