-- PO-01: Open Collective: pay an expense, double click; 360 expenses with duplicated transactions
-- Source: github.com/opencollective/opencollective/issues/3502
-- Store: PostgreSQL at read committed (Sequelize), and PayPal
-- Invariant: one pair of debit and credit per expense, and one payment by PayPal
-- Shipped fix: the front end disables the button, the handler is as it was -> not a fix. Later an API lock, whose content the
--   corpus does not give

scenario po_01 "An expense is paid, and somebody clicks twice"

database app postgres {
  CREATE TABLE expenses (id int PRIMARY KEY, status text NOT NULL);
  CREATE TABLE transactions (expense_id int NOT NULL, type text NOT NULL);
  INSERT INTO expenses VALUES (7, 'APPROVED');
}

request pay(id) {

  variant buggy "look, pay, book"
      story "Both clicks see an approved expense; it is paid and booked twice."
      expect violated {
    let expense = SELECT status FROM expenses WHERE id = :id;
    if expense.status <> 'APPROVED' { respond 409; }
    call paypal(id);
    INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT');
    UPDATE expenses SET status = 'PAID' WHERE id = :id;
  }

  variant shipped "the button is disabled after the first click: two tabs, two administrators, the same handler"
      story "The requests of two administrators see an approved expense; it is paid and booked twice."
      expect violated {
    let expense = SELECT status FROM expenses WHERE id = :id;
    if expense.status <> 'APPROVED' { respond 409; }
    call paypal(id);
    INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT');
    UPDATE expenses SET status = 'PAID' WHERE id = :id;
  }

  variant reference "from APPROVED to PROCESSING, committed before the money goes"
      expect holds {
    let claim = UPDATE expenses SET status = 'PROCESSING' WHERE id = :id AND status = 'APPROVED';
    if claim.count = 0 { respond 409; }
    call paypal(id);
    INSERT INTO transactions VALUES (:id, 'DEBIT'), (:id, 'CREDIT');
    UPDATE expenses SET status = 'PAID' WHERE id = :id;
  }
}

run pay(7) * 2

always  "paid once"             { SELECT count(*) <= 1 FROM paypal }
finally "one debit, one credit" { SELECT count(*) = 2 FROM transactions WHERE expense_id = 7 }
