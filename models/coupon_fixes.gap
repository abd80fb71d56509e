-- A code that is good for one order, and what coupon.gap does not say of it: the fixes that need other tables, and a
-- crash. A coupon is claimed if and only if an order got the discount.
--
-- Seen only by `claimed if and only if granted`, while the limit looks right: claim_then_grant, on_conflict,
-- (both with a crash). Only by `nobody sees an internal error`: serializable_without_retry.
scenario coupon_fixes "Two orders use a coupon that is good for one, and one may crash"

database shop postgres {
  CREATE TABLE coupons (code text PRIMARY KEY, status text NOT NULL, version int NOT NULL);
  CREATE TABLE capped (code text PRIMARY KEY, uses int NOT NULL CHECK (uses <= 1));
  CREATE TABLE redemptions (code text PRIMARY KEY);
  CREATE TABLE orders (code text NOT NULL, discount int NOT NULL);
  INSERT INTO coupons VALUES ('SAVE50', 'unused', 0);
  INSERT INTO capped VALUES ('SAVE50', 0);
}

faults none;
faults crash <= 1;

request order_with(code) {

  variant transaction_without_lock "read, order, mark, between BEGIN and COMMIT"
      story "Both read an unused coupon. Above READ COMMITTED nobody overuses it, and somebody sees an internal error."
      expect violated at every level {
    transaction {
      let coupon = SELECT status FROM coupons WHERE code = :code;
      if coupon.status <> 'unused' { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET status = 'used' WHERE code = :code;
    }
    respond 200;
  }

  variant claim_then_grant "mark the coupon as used, then give the discount"
      story "The articles' order of things: a crash between the two, and the coupon is used up by an order that never was."
      expect holds at every level, violated at every level with crash {
    let claimed = UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'unused';
    if claimed.count = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    respond 200;
  }

  variant grant_then_claim "give the discount, then mark the coupon as used"
      story "The other way round it is given twice."
      expect violated at every level {
    let coupon = SELECT status FROM coupons WHERE code = :code;
    if coupon.status <> 'unused' { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'unused';
    respond 200;
  }

  variant state_machine "unused → used and the order in one transaction"
      story "No loss at READ COMMITTED: the from-state is matched, and a crash takes both back. Above it 40001 goes to the customer."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let claimed = UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'unused';
      if claimed.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }

  variant state_machine_with_retry "the same, and the whole again after 40001"
      story "No loss at any level, with or without a crash."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction {
        let claimed = UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'unused';
        if claimed.count = 0 { rollback; respond 409; }
        INSERT INTO orders VALUES (:code, 50);
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }

  variant one_statement "WITH claimed AS (UPDATE … RETURNING …) INSERT … SELECT … FROM claimed"
      story "No loss: claim and grant are one statement, and one step."
      expect holds at every level {
    let done = WITH claimed AS (UPDATE coupons SET status = 'used' WHERE code = :code AND status = 'unused' RETURNING code)
               INSERT INTO orders SELECT code, 50 FROM claimed;
    if done.count = 0 { respond 409; }
    respond 200;
  }

  variant row_lock "SELECT the coupon FOR UPDATE"
      story "No loss at READ COMMITTED; above it the second one waits for nothing but 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let coupon = SELECT status FROM coupons WHERE code = :code FOR UPDATE;
      if coupon.status <> 'unused' { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET status = 'used' WHERE code = :code;
    }
    respond 200;
  }

  variant optimistic_version "a version, and its row count decides"
      story "No loss at READ COMMITTED: who finds another version takes the order back."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    let coupon = SELECT status, version FROM coupons WHERE code = :code;
    if coupon.status <> 'unused' { respond 409; }
    transaction {
      let done = UPDATE coupons SET status = 'used', version = version + 1 WHERE code = :code AND version = :coupon.version;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }

  variant unread_version "the same version, and nobody reads the row count"
      story "The second UPDATE changes nothing; the order is discounted."
      expect violated at every level {
    let coupon = SELECT status, version FROM coupons WHERE code = :code;
    if coupon.status <> 'unused' { respond 409; }
    transaction {
      UPDATE coupons SET status = 'used', version = version + 1 WHERE code = :code AND version = :coupon.version;
      INSERT INTO orders VALUES (:code, 50);
    }
    respond 200;
  }

  variant serializable_without_retry "SERIALIZABLE, and 40001 goes to the customer"
      story "The coupon is used once, and the other customer sees an internal error."
      expect violated at every level {
    transaction at "serializable" {
      let coupon = SELECT status FROM coupons WHERE code = :code;
      if coupon.status <> 'unused' { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET status = 'used' WHERE code = :code;
    }
    respond 200;
  }

  variant serializable_with_retry "SERIALIZABLE, and the whole again after 40001"
      story "No loss."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let coupon = SELECT status FROM coupons WHERE code = :code;
        if coupon.status <> 'unused' { rollback; respond 409; }
        INSERT INTO orders VALUES (:code, 50);
        UPDATE coupons SET status = 'used' WHERE code = :code;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }

  variant on_conflict "INSERT the redemption ON CONFLICT DO NOTHING, then order"
      story "Claimed once. A crash between the two statements, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let mine = INSERT INTO redemptions VALUES (:code) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET status = 'used' WHERE code = :code;
    respond 200;
  }

  variant on_conflict_in_transaction "the same in one transaction"
      story "No loss at READ COMMITTED; above it the conflict with a row that one cannot see is 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    transaction {
      let mine = INSERT INTO redemptions VALUES (:code) ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      INSERT INTO orders VALUES (:code, 50);
      UPDATE coupons SET status = 'used' WHERE code = :code;
    }
    respond 200;
  }

  variant unique_constraint "INSERT the redemption, order, and 23505 takes both back"
      story "No loss: claim and order are one transaction, and the second one's fails."
      expect holds at every level {
    try {
      transaction {
        INSERT INTO redemptions VALUES (:code);
        INSERT INTO orders VALUES (:code, 50);
        UPDATE coupons SET status = 'used' WHERE code = :code;
      }
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }

  variant check_constraint "order, then uses + 1 against CHECK (uses <= 1)"
      story "No loss at READ COMMITTED: the CHECK takes the second order back. Above it the customer sees 40001."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    try {
      transaction {
        INSERT INTO orders VALUES (:code, 50);
        UPDATE capped SET uses = uses + 1 WHERE code = :code;
        UPDATE coupons SET status = 'used' WHERE code = :code;
      }
    } catch check_violation {
      respond 409;
    }
    respond 200;
  }

  variant set_add "a set of redemptions: adding twice is adding once"
      story "The set has one element, as sets do, and two orders have the discount."
      expect violated at every level {
    let coupon = SELECT status FROM coupons WHERE code = :code;
    if coupon.status <> 'unused' { respond 409; }
    INSERT INTO redemptions VALUES (:code) ON CONFLICT DO NOTHING;
    INSERT INTO orders VALUES (:code, 50);
    UPDATE coupons SET status = 'used' WHERE code = :code;
    respond 200;
  }
}

run order_with('SAVE50') * 2

always  "one order at most has the discount" { SELECT count(*) <= 1 FROM orders }
finally "claimed if and only if granted" {
  SELECT (EXISTS (SELECT 1 FROM coupons WHERE status = 'used') OR EXISTS (SELECT 1 FROM redemptions)
          OR EXISTS (SELECT 1 FROM capped WHERE uses > 0)) = EXISTS (SELECT 1 FROM orders)
}
finally "somebody got the discount" {
  SELECT EXISTS (SELECT 1 FROM orders) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '503', 'crashed'))
}
finally "who was told 200 has the discount" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200') <= (SELECT count(*) FROM orders)
}
