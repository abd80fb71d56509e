-- W1 of ./dev bench: naive. What is wrong with it is in models/withdraw.gap; here it is a size. The balance is the number 100
-- wherever it stands: the bench puts another in its place.
scenario w1 "withdraw naive"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(amount) {
  variant naive expect violated {
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
