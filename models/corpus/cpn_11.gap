-- CPN-11: CONTROL themoltnet: redeem is a single UPDATE … RETURNING, issue (at most 5 active) is SERIALIZABLE with 3 retries
-- Source: github.com/getlarge/themoltnet/issues/79, pull/106
-- Store: PostgreSQL
-- Invariant: one redeemer for each voucher; at most 5 are active
-- Shipped fix: none needed: reference is the case itself -> complete
-- Note: buggy is issue at READ COMMITTED; no_retry is the same without retries: safe, but a request fails for no reason.

scenario cpn_11 "Four vouchers are active; two more are issued, and one is redeemed twice"

database shop postgres {
  CREATE TABLE vouchers (code int NOT NULL, expires_at timestamp NOT NULL, redeemed_at timestamp, redeemed_by text);
  INSERT INTO vouchers VALUES (1, '2024-01-01 11:00'), (2, '2024-01-01 11:00'), (3, '2024-01-01 11:00'), (4, '2024-01-01 11:00');
}
clock '10:00', '12:00'

request issue(code) {

  variant buggy "READ COMMITTED" story "Both count 4: six are active." expect violated {
    transaction at "read committed" {
      let active = SELECT count(*) AS n FROM vouchers WHERE redeemed_at IS NULL;
      if active.n >= 5 { rollback; respond 409; }
      INSERT INTO vouchers VALUES (:code, '2024-01-01 13:00');
    }
  }

  variant no_retry "SERIALIZABLE, once" story "Five are active, and who was second is told 40001." expect violated {
    transaction at "serializable" {
      let active = SELECT count(*) AS n FROM vouchers WHERE redeemed_at IS NULL;
      if active.n >= 5 { rollback; respond 409; }
      INSERT INTO vouchers VALUES (:code, '2024-01-01 13:00');
    }
  }

  variant reference "SERIALIZABLE, and again after 40001" expect holds {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let active = SELECT count(*) AS n FROM vouchers WHERE redeemed_at IS NULL;
        if active.n >= 5 { rollback; respond 409; }
        INSERT INTO vouchers VALUES (:code, '2024-01-01 13:00');
      }
    }
  }
}

request redeem(code, who) at "read committed" {
  let mine = UPDATE vouchers SET redeemed_at = now(), redeemed_by = :who
             WHERE code = :code AND redeemed_at IS NULL AND expires_at > now() RETURNING code;
  if NOT mine.found { respond 410; }
  effect redeemed(code, who);
}

run issue(5), issue(6), redeem(1, 'ann'), redeem(1, 'bob')

always  "at most five are active"    { SELECT count(*) <= 5 FROM vouchers WHERE redeemed_at IS NULL }
always  "one redeemer"               { SELECT count(*) = count(DISTINCT code) FROM redeemed }
always  "none is redeemed too late"  { SELECT count(*) = 0 FROM vouchers WHERE redeemed_at > expires_at }
finally "nobody fails for no reason" { SELECT count(*) = 0 FROM responses WHERE status = 'serialization_failure' }
