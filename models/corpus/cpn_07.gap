-- CPN-07: pretix, eventyay: what is left of a voucher is read before the event is locked
-- Source: github.com/pretix/pretix/pull/6067; github.com/fossasia/eventyay/issues/1398, pull/1399
-- Store: PostgreSQL at read committed, and an event lock (Redis, later advisory or row locks)
-- Invariant: redeemed <= max_usages
-- Shipped fix: read again behind the lock (shipped), or lock the voucher's row (shipped_2) -> complete

scenario cpn_07 "A voucher for one ticket, and two carts"

database tickets postgres {
  CREATE TABLE vouchers (code text PRIMARY KEY, max_usages int NOT NULL, redeemed int NOT NULL);
  CREATE TABLE positions (cart int NOT NULL, voucher text NOT NULL);
  INSERT INTO vouchers VALUES ('VIP', 1, 0);
}
lock event

request add_to_cart(cart) {

  variant buggy "the voucher was loaded before the lock"
      story "Both have loaded redeemed = 0; one waits for the lock, and then believes what it had read."
      expect violated {
    let voucher = SELECT redeemed, max_usages FROM vouchers WHERE code = 'VIP';
    hold event(1) {
      if voucher.redeemed >= voucher.max_usages { respond 409; }
      INSERT INTO positions VALUES (:cart, 'VIP');
      UPDATE vouchers SET redeemed = redeemed + 1 WHERE code = 'VIP';
    }
  }

  variant shipped "the voucher is loaded behind the lock" expect holds {
    hold event(1) {
      let voucher = SELECT redeemed, max_usages FROM vouchers WHERE code = 'VIP';
      if voucher.redeemed >= voucher.max_usages { respond 409; }
      INSERT INTO positions VALUES (:cart, 'VIP');
      UPDATE vouchers SET redeemed = redeemed + 1 WHERE code = 'VIP';
    }
  }

  variant shipped_2 "select_for_update on the voucher" expect holds {
    transaction {
      let voucher = SELECT redeemed, max_usages FROM vouchers WHERE code = 'VIP' FOR UPDATE;
      if voucher.redeemed >= voucher.max_usages { rollback; respond 409; }
      INSERT INTO positions VALUES (:cart, 'VIP');
      UPDATE vouchers SET redeemed = redeemed + 1 WHERE code = 'VIP';
    }
  }

  variant reference "no lock: count up if one is left, or roll back" expect holds {
    transaction {
      INSERT INTO positions VALUES (:cart, 'VIP');
      let used = UPDATE vouchers SET redeemed = redeemed + 1 WHERE code = 'VIP' AND redeemed < max_usages;
      if used.count = 0 { rollback; respond 409; }
    }
  }
}

run add_to_cart(1), add_to_cart(2)

always  "redeemed at most max_usages times" { SELECT redeemed <= max_usages FROM vouchers }
finally "redeemed counts the positions"     { SELECT redeemed = (SELECT count(*) FROM positions) FROM vouchers }
