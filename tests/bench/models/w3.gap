-- W3 of ./dev bench: a transaction; who comes while another holds the row starts and resumes.
scenario w3 "SELECT FOR UPDATE, UPDATE, COMMIT"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request withdraw(amount) {
  variant lock expect holds {
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    effect paid(amount);
    respond 200;
  }
}

run withdraw(50) * 2

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
