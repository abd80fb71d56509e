-- CPN-13: django-oscar: a SINGLE_USE voucher is used twice; reported in 2016, "fixed" in 2017, reported again in 2026
-- Source: github.com/django-oscar/django-oscar/issues/2101 (fixed in 8fb5ce93), issues/4580, pull/4612, pull/4622
-- Store: Django with ATOMIC_REQUESTS at read committed; here PostgreSQL
-- Invariant: one application for each voucher
-- Shipped fix: 2017: 8fb5ce93, not read -> incomplete (issue 4580); 2026: both pull requests open, they are reference
-- Note: the check is in one request, the record in the next: no isolation level helps.

scenario cpn_13 "A single-use voucher in two baskets"

database shop postgres {
  CREATE TABLE vouchers (code text PRIMARY KEY);
  CREATE TABLE baskets (id int PRIMARY KEY, voucher text);
  CREATE TABLE applications (voucher text NOT NULL, basket int NOT NULL);
  INSERT INTO vouchers VALUES ('ONCE');
  INSERT INTO baskets VALUES (1, NULL), (2, NULL);
}

request add_voucher(basket) {

  variant buggy "the voucher is looked at when it is put into the basket" {
    transaction {
      let used = SELECT 1 AS one FROM applications WHERE voucher = 'ONCE';
      if used.found { rollback; respond 409; }
      UPDATE baskets SET voucher = 'ONCE' WHERE id = :basket;
    }
  }

  variant reference { UPDATE baskets SET voucher = 'ONCE' WHERE id = :basket; }
}

request place_order(basket) {

  variant buggy "and recorded with the order, in another request"
      story "Both baskets got the voucher before either order was placed: it is applied twice."
      expect violated at "read committed", "repeatable read", "serializable" {
    transaction {
      let mine = SELECT voucher FROM baskets WHERE id = :basket;
      if mine.voucher IS NOT NULL { INSERT INTO applications VALUES (:mine.voucher, :basket); }
    }
  }

  variant reference "its row is locked; validated and recorded in one transaction" at "read committed" expect holds {
    transaction {
      let mine = SELECT voucher FROM baskets WHERE id = :basket;
      SELECT code FROM vouchers WHERE code = :mine.voucher FOR UPDATE;
      let used = SELECT 1 AS one FROM applications WHERE voucher = :mine.voucher;
      if used.found { rollback; respond 409; }
      INSERT INTO applications VALUES (:mine.voucher, :basket);
    }
  }
}

run session (add_voucher(1), place_order(1)), session (add_voucher(2), place_order(2))

always "one application for each voucher" { SELECT count(*) = count(DISTINCT voucher) FROM applications }
