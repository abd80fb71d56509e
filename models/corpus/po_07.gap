-- PO-07: five-bells-ledger: SERIALIZABLE without retry, and every error of the database becomes "insufficient funds"
-- Source: github.com/interledger-deprecated/five-bells-ledger/issues/402, issues/330; src/lib/holds.js@0dc9fd4e
-- Store: PostgreSQL at serializable
-- Invariant: a funded transfer is not rejected as unfunded; the sum of the balances is constant
-- Shipped fix: none; a comment says that retry logic is needed -> no verdict; `asked` is that
-- Note: the entries, issued in parallel on one connection, are sent one after the other, as the driver does. Alice and Bob have
--   the money, Carol has none.

scenario po_07 "Transfers of different senders meet in the hold account"

isolation "serializable"

database ledger postgres {
  CREATE TABLE accounts (name text PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
  CREATE TABLE entries (account text NOT NULL, amount int NOT NULL);
  INSERT INTO accounts VALUES ('alice', 10), ('bob', 10), ('carol', 0), ('hold', 0);
}

request prepare(sender) {

  variant buggy "any error is a lack of funds"
      story "The second transfer ends with serialization_failure, and its sender is told that there is no money."
      expect violated, holds at "read committed" {
    try {
      transaction {
        UPDATE accounts SET balance = balance - 10 WHERE name = :sender;
        UPDATE accounts SET balance = balance + 10 WHERE name = 'hold';
        INSERT INTO entries VALUES (:sender, -10), ('hold', 10);
      }
    } catch any {
      respond 'insufficient_funds';
    }
  }

  variant asked "the whole transaction again; only the CHECK is a lack of funds"
      expect holds {
    retry up to 3 on serialization_failure {
      try {
        transaction {
          UPDATE accounts SET balance = balance - 10 WHERE name = :sender;
          UPDATE accounts SET balance = balance + 10 WHERE name = 'hold';
          INSERT INTO entries VALUES (:sender, -10), ('hold', 10);
        }
      } catch check_violation {
        respond 'insufficient_funds';
      }
    }
  }

  variant reference "the guards are in the rows: READ COMMITTED waits, and goes on" at "read committed"
      expect holds {
    try {
      transaction {
        UPDATE accounts SET balance = balance - 10 WHERE name = :sender;
        UPDATE accounts SET balance = balance + 10 WHERE name = 'hold';
        INSERT INTO entries VALUES (:sender, -10), ('hold', 10);
      }
    } catch check_violation {
      respond 'insufficient_funds';
    }
  }
}

run prepare('alice'), prepare('bob'), prepare('carol')

always  "money is neither made nor lost" { SELECT sum(balance) = 20 FROM accounts }
always  "nobody spends what he has not"  { SELECT min(balance) >= 0 FROM accounts }
finally "only Carol is refused"          { SELECT count(*) = 2 FROM responses WHERE status = 200 }
