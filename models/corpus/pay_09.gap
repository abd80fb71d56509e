-- PAY-09 hmis: a pessimistic lock in a short transaction of its own did not help
-- Source: github.com/hmislk/hmis/pull/23833 (2026-09)
-- Store: JPA/Payara, each facade call is a transaction of its own; here PostgreSQL at READ COMMITTED
-- Invariant: one payment per bill (three real duplicates, Rs 160k)
-- Shipped fix: first FOR UPDATE in the transaction that looks (documented as failing: `shipped`); then a guard in the
--   process, by session (`shipped_2`) -> incomplete across nodes
-- Note: `shipped_2` runs in two processes, as each variant here; in one it holds.

scenario pay_09 "The button that settles a bill is pressed twice"

database hmis postgres {
  CREATE TABLE bills (id int PRIMARY KEY);
  CREATE TABLE payments (bill_id int NOT NULL);
  INSERT INTO bills VALUES (1);
}
processes 2
lock settling per process

request settle(bill) {

  variant buggy "look, then insert"
      story "Both find no payment, and both insert one."
      expect violated {
    let paid = SELECT bill_id FROM payments WHERE bill_id = :bill;
    if paid.found { respond 409; }
    INSERT INTO payments VALUES (:bill);
  }

  variant shipped "the lock is given back with the transaction that looks"
      story "The bill is locked only while one looks; between look and INSERT the other one looks."
      expect violated {
    transaction {
      SELECT id FROM bills WHERE id = :bill FOR UPDATE;
      let paid = SELECT bill_id FROM payments WHERE bill_id = :bill;
      if paid.found { respond 409; }
    }
    transaction { INSERT INTO payments VALUES (:bill); }
  }

  variant shipped_2 "a mutex in the process"
      story "The second click goes to the other node, whose mutex is free."
      expect violated {
    hold settling(bill) {
      let paid = SELECT bill_id FROM payments WHERE bill_id = :bill;
      if paid.found { respond 409; }
      INSERT INTO payments VALUES (:bill);
    }
  }

  variant reference "one transaction from the lock to the INSERT"
      expect holds at "read committed", violated at "repeatable read", holds at "serializable" {
    transaction {
      SELECT id FROM bills WHERE id = :bill FOR UPDATE;
      let paid = SELECT bill_id FROM payments WHERE bill_id = :bill;
      if paid.found { respond 409; }
      INSERT INTO payments VALUES (:bill);
    }
  }
}

run settle(1) * 2

always  "one payment per bill" { SELECT count(*) <= 1 FROM payments WHERE bill_id = 1 }
finally "the bill is paid"     { SELECT count(*) >= 1 FROM payments WHERE bill_id = 1 }
