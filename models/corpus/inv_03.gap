-- INV-03: Shoppe: the stock is SUM(stock_level_adjustments)
-- Source: github.com/tryshoppe/shoppe/issues/403
-- Store: MySQL or PostgreSQL at repeatable read or read committed; here PostgreSQL
-- Invariant: SUM(adjustments) >= 0
-- Shipped fix: none, the issue is open
-- Note: only SERIALIZABLE helps by itself; locks on the adjustments that are there (rows_locked) do not.

scenario inv_03 "One piece is left, and two orders want it"

database shop postgres {
  CREATE TABLE products (id int PRIMARY KEY);
  CREATE TABLE adjustments (product int NOT NULL, pieces int NOT NULL);
  INSERT INTO products VALUES (1);
  INSERT INTO adjustments VALUES (1, 3), (1, -2);
}

request sell(pieces) {

  variant buggy "sum, check, insert"
      story "Both add up to 1, and both take one: the stock is -1."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let stock = SELECT sum(pieces) AS n FROM adjustments WHERE product = 1;
      if stock.n < pieces { rollback; respond 409; }
      INSERT INTO adjustments VALUES (1, -:pieces);
    }
  }

  variant rows_locked "the adjustments are locked, and added up by the program"
      story "The second waits for the rows that it knows, and gets them: the new one is not among them."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let stock = 0;
      for each_ in SELECT pieces FROM adjustments WHERE product = 1 FOR UPDATE { set stock = stock + each_.pieces; }
      if stock < pieces { rollback; respond 409; }
      INSERT INTO adjustments VALUES (1, -:pieces);
    }
  }

  variant reference "the product is locked first" at "read committed" expect holds {
    transaction {
      SELECT id FROM products WHERE id = 1 FOR UPDATE;
      let stock = SELECT sum(pieces) AS n FROM adjustments WHERE product = 1;
      if stock.n < pieces { rollback; respond 409; }
      INSERT INTO adjustments VALUES (1, -:pieces);
    }
  }
}

run sell(1) * 2

always "the stock is not below zero" { SELECT sum(pieces) >= 0 FROM adjustments }
