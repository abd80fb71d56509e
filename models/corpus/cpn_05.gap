-- CPN-05: Shopper (CVE-2026-47741): a guarded increment whose result nobody looks at
-- Source: github.com/shopperlabs/shopper/issues/510; app.opencve.io/cve/CVE-2026-47741
-- Store: Laravel on an SQL database at read committed or repeatable read; here PostgreSQL
-- Invariant: COUNT(discounted orders) <= limit
-- Shipped fix: 2.8.0: count up first, and order only if that changed the row, in one transaction -> complete
-- Note: the counter never passes the limit, so an invariant on it would see nothing.

scenario cpn_05 "A discount for one order, and two orders"

database shop postgres {
  CREATE TABLE discounts (id int PRIMARY KEY, usage_limit int NOT NULL, total_use int NOT NULL);
  CREATE TABLE orders (id int NOT NULL);
  INSERT INTO discounts VALUES (1, 1, 0);
}

request order_(id) {

  variant buggy "look, order, count up if there is one left, whatever comes of it"
      story "Both pass the validator; the second increment changes no row, and its order keeps the discount."
      expect violated {
    let discount = SELECT total_use, usage_limit FROM discounts WHERE id = 1;
    if discount.total_use >= discount.usage_limit { respond 409; }
    transaction {
      INSERT INTO orders VALUES (:id);
      UPDATE discounts SET total_use = total_use + 1 WHERE id = 1 AND total_use < usage_limit;
    }
  }

  variant shipped "count up first, and order if that did" expect holds {
    transaction {
      let used = UPDATE discounts SET total_use = total_use + 1 WHERE id = 1 AND total_use < usage_limit;
      if used.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:id);
    }
  }

  variant reference "as it was, and rolled back if nothing was counted" expect holds {
    transaction {
      INSERT INTO orders VALUES (:id);
      let used = UPDATE discounts SET total_use = total_use + 1 WHERE id = 1 AND total_use < usage_limit;
      if used.count = 0 { rollback; respond 409; }
    }
  }
}

run order_(1), order_(2)

always "no more discounted orders than the limit" { SELECT count(*) <= 1 FROM orders }
always "the counter is within the limit"          { SELECT total_use <= usage_limit FROM discounts }
