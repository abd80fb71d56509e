-- Balance withdrawal: two requests read the balance before either of them has written it.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario withdraw "Two withdrawals of 60 race for a balance of 100"

database bank postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(id, amount) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "read, check, write"
      story "Both requests read 100 and both write 40: 120 are paid out and 60 are booked."
      expect violated {
    let user = SELECT balance FROM users WHERE id = :id;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = :id;
    effect paid(amount);                     -- the money has left: no rollback takes it back
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "UPDATE … WHERE balance >= amount, and its row count decides"
      story "No loss: check and act are one statement."
      expect holds {
    let done = UPDATE users SET balance = balance - :amount WHERE id = :id AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run withdraw(1, 60) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
