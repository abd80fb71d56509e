-- BAL-11: MythicalDash: the store sells two resources for the coins of one
-- Source: github.com/MythicalLTD/MythicalDash/issues/314
-- Store: MySQL, each statement commits by itself; here PostgreSQL at read committed
-- Invariant: granted * price <= the credits at the beginning
-- Shipped fix: not read -> unknown

scenario bal_11 "Two purchases of 100 with 100 credits"

database dash postgres {
  CREATE TABLE users (id int PRIMARY KEY, credits int NOT NULL);
  CREATE TABLE resources (owner int NOT NULL);
  INSERT INTO users VALUES (1, 100);
}

request buy(price) {

  variant buggy "read, check, write an absolute value"
      story "Both read 100 and both write 0: two resources for the price of one."
      expect violated {
    let user = SELECT credits FROM users WHERE id = 1;
    if user.credits < price { respond 402; }
    UPDATE users SET credits = :user.credits - :price WHERE id = 1;
    INSERT INTO resources VALUES (1);
  }

  variant reference "check and subtract in one UPDATE, grant only if it changed the row" expect holds {
    let paid = UPDATE users SET credits = credits - :price WHERE id = 1 AND credits >= :price;
    if paid.count = 0 { respond 402; }
    INSERT INTO resources VALUES (1);
  }
}

run buy(100) * 2

always "what is granted was paid for" { SELECT count(*) * 100 <= 100 FROM resources }
always "nobody owes credits"          { SELECT min(credits) >= 0 FROM users }
