-- CPN-15: Lightning Fast Shop: the limit of a voucher (ACIDRain, voucher)
-- Source: github.com/diefenbach/django-lfs/issues/202
-- Store: Django at read committed; here PostgreSQL
-- Invariant: COUNT(orders) <= limit
-- Shipped fix: 90f570af, not read -> unknown

scenario cpn_15 "A voucher for one order, and two orders"

database shop postgres {
  CREATE TABLE vouchers (number text PRIMARY KEY, amount_limit int NOT NULL, used_amount int NOT NULL);
  CREATE TABLE orders (id int NOT NULL);
  INSERT INTO vouchers VALUES ('ABC', 1, 0);
}

request order_(id) {

  variant buggy "look, order, count up in Python, save()"
      story "Both see 0 uses: two orders, and the voucher says that it was used once."
      expect violated {
    let voucher = SELECT used_amount, amount_limit FROM vouchers WHERE number = 'ABC';
    if voucher.used_amount >= voucher.amount_limit { respond 409; }
    INSERT INTO orders VALUES (:id);
    UPDATE vouchers SET used_amount = :voucher.used_amount + 1 WHERE number = 'ABC';
  }

  variant reference "select_for_update, and all in one transaction" expect holds {
    transaction {
      let voucher = SELECT used_amount, amount_limit FROM vouchers WHERE number = 'ABC' FOR UPDATE;
      if voucher.used_amount >= voucher.amount_limit { rollback; respond 409; }
      INSERT INTO orders VALUES (:id);
      UPDATE vouchers SET used_amount = :voucher.used_amount + 1 WHERE number = 'ABC';
    }
  }
}

run order_(1), order_(2)

always  "no more orders than the limit" { SELECT count(*) <= 1 FROM orders }
finally "the counter counts the orders" { SELECT used_amount = (SELECT count(*) FROM orders) FROM vouchers }
