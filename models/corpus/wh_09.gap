-- WH-09 Open Collective, PayPal payouts: a fallback cron against the webhook; the fix waits thirty minutes
-- Source: github.com/opencollective/opencollective-api/pull/4641
-- Store: PostgreSQL, READ COMMITTED; cron
-- Invariant: two rows in the ledger for an expense
-- Shipped fix: the cron takes only what is older than thirty minutes -> incomplete (as its reviewer says)

scenario wh_09 "A payout is booked by the webhook and by the cron"

database oc postgres {
  CREATE TABLE expenses (id int PRIMARY KEY, status text NOT NULL, sent_at timestamp NOT NULL);
  CREATE TABLE transactions (expense_id int NOT NULL, kind text NOT NULL);
  INSERT INTO expenses VALUES (1, 'PROCESSING', '2024-01-01 12:00');
}
clock '12:00', '12:31'
faults none
faults crash <= 1

request webhook(id) {
  variant buggy "look, book, mark"
      expect violated
      story "Webhook and cron both find the expense not paid, and the payout is booked twice." {
    let e = SELECT status FROM expenses WHERE id = :id;
    if e.status = 'PAID' { respond 200; }
    INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT');
    UPDATE expenses SET status = 'PAID' WHERE id = :id;
  }
  variant shipped "the webhook as before"
      expect violated
      story "The webhook comes half an hour late, together with the cron." {
    let e = SELECT status FROM expenses WHERE id = :id;
    if e.status = 'PAID' { respond 200; }
    INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT');
    UPDATE expenses SET status = 'PAID' WHERE id = :id;
  }
  variant reference "who marks it books it, in one transaction" expect holds {
    transaction {
      let mine = UPDATE expenses SET status = 'PAID' WHERE id = :id AND status <> 'PAID';
      if mine.found { INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT'); }
    }
  }
}

request cron() {
  variant buggy "every hour, whatever is not paid" {
    for e in SELECT id FROM expenses WHERE status <> 'PAID' {
      INSERT INTO transactions VALUES (:e.id, 'DEBIT'), (:e.id, 'CREDIT');
      UPDATE expenses SET status = 'PAID' WHERE id = :e.id;
    }
  }
  variant shipped "what was sent more than thirty minutes ago" {
    for e in SELECT id FROM expenses WHERE status <> 'PAID' AND sent_at < now() - interval '30 minutes' {
      INSERT INTO transactions VALUES (:e.id, 'DEBIT'), (:e.id, 'CREDIT');
      UPDATE expenses SET status = 'PAID' WHERE id = :e.id;
    }
  }
  variant reference "who marks it books it" {
    for e in SELECT id FROM expenses WHERE status <> 'PAID' {
      transaction {
        let mine = UPDATE expenses SET status = 'PAID' WHERE id = :e.id AND status <> 'PAID';
        if mine.found { INSERT INTO transactions VALUES (:e.id, 'DEBIT'), (:e.id, 'CREDIT'); }
      }
    }
  }
}

run webhook(1), job cron()

finally "two rows in the ledger" { SELECT count(*) = 2 FROM transactions WHERE expense_id = 1 }
