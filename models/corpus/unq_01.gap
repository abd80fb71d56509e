-- UNQ-01: quill: the uniqueness of an Order is validated in Rails only
-- Source: github.com/baizhiheizi/quill/issues/1904, pull/1909
-- Store: PostgreSQL at read committed
-- Invariant: one order per (type, buyer, item)
-- Shipped fix: a partial unique index, and with_lock -> complete
-- Note: the loser's transaction has failed; it must read again outside it (`no_second_read` is the residual).

scenario unq_01 "One buyer buys one article, twice at once"

database app postgres {
  CREATE TABLE buyers (id int PRIMARY KEY);
  CREATE TABLE orders (type text NOT NULL, buyer int NOT NULL, item int NOT NULL);
  INSERT INTO buyers VALUES (1);
}

request buy(buyer, item) {

  variant buggy "validates_uniqueness_of"
      story "Both look, both find no order, and both insert one."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let same = SELECT 1 AS one FROM orders WHERE type = 'buy' AND buyer = :buyer AND item = :item;
      if same.found { rollback; respond 422; }
      INSERT INTO orders VALUES ('buy', :buyer, :item);
    }
  }

  variant shipped "with_lock on the buyer, and the index below it" at "read committed"
      schema { CREATE UNIQUE INDEX ON orders (buyer, item) WHERE type = 'buy'; }
      expect holds {
    try {
      transaction {
        SELECT id FROM buyers WHERE id = :buyer FOR UPDATE;
        let same = SELECT 1 AS one FROM orders WHERE type = 'buy' AND buyer = :buyer AND item = :item;
        if same.found { rollback; respond 200; }
        INSERT INTO orders VALUES ('buy', :buyer, :item);
      }
    } catch unique_violation {
      SELECT type FROM orders WHERE type = 'buy' AND buyer = :buyer AND item = :item;
    }
  }

  variant no_second_read "the index, and find_or_create_by! raises"
      story "The second is refused by the index, and ends with an error though its order is there."
      schema { CREATE UNIQUE INDEX ON orders (buyer, item) WHERE type = 'buy'; }
      expect violated {
    let same = SELECT 1 AS one FROM orders WHERE type = 'buy' AND buyer = :buyer AND item = :item;
    if same.found { respond 200; }
    INSERT INTO orders VALUES ('buy', :buyer, :item);
  }

  variant reference "insert if it is not there, and read it then"
      schema { CREATE UNIQUE INDEX ON orders (buyer, item) WHERE type = 'buy'; }
      expect holds {
    INSERT INTO orders VALUES ('buy', :buyer, :item) ON CONFLICT DO NOTHING;
    SELECT item FROM orders WHERE type = 'buy' AND buyer = :buyer AND item = :item;
  }
}

run buy(1, 7) * 2

always  "one order" { SELECT count(*) <= 1 FROM orders }
finally "nobody gets an error" { SELECT count(*) = 0 FROM responses WHERE status = 'unique_violation' }
