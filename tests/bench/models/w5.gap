-- W5 of ./dev bench: a stock of 10, naive and conditional.
scenario w5 "a stock of ten"

database shop postgres {
  CREATE TABLE stock (id int PRIMARY KEY, quantity int NOT NULL);
  INSERT INTO stock VALUES (1, 10);
}

request buy(amount) {
  variant naive expect violated {
    let item = SELECT quantity FROM stock WHERE id = 1;
    if item.quantity < amount { respond 409; }
    UPDATE stock SET quantity = :item.quantity - :amount WHERE id = 1;
    effect sold(amount);
    respond 200;
  }
  variant conditional expect holds {
    let done = UPDATE stock SET quantity = quantity - :amount WHERE id = 1 AND quantity >= :amount;
    if done.count = 0 { respond 409; }
    effect sold(amount);
    respond 200;
  }
}

run buy(1) * 2

always  "the stock never goes below zero" { SELECT min(quantity) >= 0 FROM stock }
finally "what was sold left the stock" {
  SELECT 10 - (SELECT quantity FROM stock WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM sold)
}
