-- WH-01 opencode console: checkout.session.completed increments the balance on every delivery
-- Source: github.com/anomalyco/opencode/issues/28402; the same: pollinations#10621, wasp open-saas#688
-- Store: MySQL, one transaction; here PostgreSQL at READ COMMITTED
-- Invariant: the credits are the sum of the distinct payments
-- Shipped fix: asked: UNIQUE(payment_id), and the INSERT first -> complete, if the INSERT is in the same transaction
-- Note: `insert_before` is the same with the INSERT in a transaction of its own.

scenario wh_01 "A paid checkout is delivered more than once"

database console postgres {
  CREATE TABLE billing (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE payments (payment_id text NOT NULL, amount int NOT NULL);
  INSERT INTO billing VALUES (1, 0);
}
faults crash <= 1, duplicate <= 1

request completed(payment, amount) {

  variant buggy "add, and note the payment"
      story "The second delivery adds the same payment again."
      expect violated {
    transaction {
      UPDATE billing SET balance = balance + :amount WHERE id = 1;
      INSERT INTO payments VALUES (:payment, :amount);
    }
  }

  variant shipped "the payment first, which is unique, and the balance with it"
      schema { CREATE UNIQUE INDEX ON payments (payment_id); }
      expect holds {
    try {
      transaction {
        INSERT INTO payments VALUES (:payment, :amount);
        UPDATE billing SET balance = balance + :amount WHERE id = 1;
      }
    } catch unique_violation {
      respond 200;
    }
  }

  variant insert_before "the payment first, committed before the balance"
      story "A crash between the two: the next delivery finds the payment, and the credit is lost."
      schema { CREATE UNIQUE INDEX ON payments (payment_id); }
      expect violated {
    try {
      INSERT INTO payments VALUES (:payment, :amount);
      UPDATE billing SET balance = balance + :amount WHERE id = 1;
    } catch unique_violation {
      respond 200;
    }
  }

  variant reference "the row count of ON CONFLICT DO NOTHING decides, in one transaction"
      schema { CREATE UNIQUE INDEX ON payments (payment_id); }
      expect holds {
    transaction {
      let mine = INSERT INTO payments VALUES (:payment, :amount) ON CONFLICT DO NOTHING;
      if mine.found { UPDATE billing SET balance = balance + :amount WHERE id = 1; }
    }
  }
}

run deliver completed('pi_1', 20) until 200

finally "the credits are the sum of the payments" { SELECT balance = 20 FROM billing }
always  "no delivery is refused" { SELECT count(*) = 0 FROM responses WHERE status = 'unique_violation' }
