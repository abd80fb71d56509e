-- W4 of ./dev bench: an optimistic version with at most three attempts; the balance is enough for two.
scenario w4_two "optimistic version, three attempts"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  INSERT INTO users VALUES (1, 100, 0);
}

request withdraw(amount) {
  variant optimistic expect holds {
    retry up to 3 {
      let user = SELECT balance, version FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      let done = UPDATE users SET balance = :user.balance - :amount, version = version + 1 WHERE id = 1 AND version = :user.version;
      if done.count = 1 { effect paid(amount); respond 200; }
      again;
    } exhausted {
      respond 409;
    }
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
