-- W2 of ./dev bench: a read before the conditional UPDATE, and a private row after it.
scenario w2 "conditional UPDATE with a read before and an audit row after"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE audit (amount int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(amount) {
  variant conditional expect holds {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 409; }
    INSERT INTO audit VALUES (:amount);
    respond 200;
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was audited left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM audit)
}
