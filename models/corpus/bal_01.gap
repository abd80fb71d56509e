-- BAL-01: Flexcoin 2014: a transfer between users overdraws (the company lost 896 BTC and closed)
-- Source: hackingdistributed.com/2014/04/06/another-one-bites-the-dust-flexcoin; vladmihalcea.com/race-condition
-- Store: not published; here PostgreSQL at read committed, each statement commits by itself
-- Invariant: SUM(balance) is constant and every balance is >= 0
-- Shipped fix: none, the exchange closed

scenario bal_01 "Two transfers of 100 out of one account that has 100"

database bank postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO accounts VALUES (1, 100), (2, 0);
}
faults none
faults crash <= 1

request transfer(source, target, amount) {

  variant buggy "read, check, write, twice"
      story "Both read 100 in the source; both credit the target: 200 out of 100."
      expect violated {
    let giver = SELECT balance FROM accounts WHERE id = :source;
    if giver.balance < amount { respond 400; }
    UPDATE accounts SET balance = :giver.balance - :amount WHERE id = :source;
    let taker = SELECT balance FROM accounts WHERE id = :target;
    UPDATE accounts SET balance = :taker.balance + :amount WHERE id = :target;
  }

  variant reference "guarded debit, and the credit in the same transaction" expect holds {
    transaction {
      let debit = UPDATE accounts SET balance = balance - :amount WHERE id = :source AND balance >= :amount;
      if debit.count = 0 { rollback; respond 400; }
      UPDATE accounts SET balance = balance + :amount WHERE id = :target;
    }
  }
}

run transfer(1, 2, 100) * 2

always  "no balance is below zero" { SELECT min(balance) >= 0 FROM accounts }
finally "the sum is constant"      { SELECT sum(balance) = 100 FROM accounts }
