-- Loyalty points: two orders spend the same points.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario loyalty_points "Two orders spend 60 of 100 points each"

database shop postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE customers (id int PRIMARY KEY, points int NOT NULL);
  CREATE TABLE rewards (customer int NOT NULL, points int NOT NULL);
  INSERT INTO customers VALUES (1, 100);
}

request redeem(customer, points) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read the points, give the reward, write the points"
      story "Both read 100 and both write 40: 120 points are spent."
      expect violated {
    let had = SELECT points FROM customers WHERE id = :customer;
    if had.points < points { respond 402; }
    INSERT INTO rewards VALUES (:customer, :points);
    UPDATE customers SET points = :had.points - :points WHERE id = :customer;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "take the points if there are enough, and give the reward in the same transaction"
      story "No loss: check and act are one statement."
      expect holds {
    transaction {
      let taken = UPDATE customers SET points = points - :points WHERE id = :customer AND points >= :points;
      if taken.count = 0 { rollback; respond 402; }
      INSERT INTO rewards VALUES (:customer, :points);
    }
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run redeem(1, 60) * 2

always  "nobody spends more than he has" { SELECT coalesce(sum(points), 0) <= 100 FROM rewards }
finally "what was spent left the points" {
  SELECT 100 - (SELECT points FROM customers WHERE id = 1) = (SELECT coalesce(sum(points), 0) FROM rewards)
}
finally "somebody got a reward" { SELECT count(*) >= 1 FROM rewards }
