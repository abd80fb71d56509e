-- PO-03: RUNSTR: payInvoice, then the status; crash, time-out in flight, false negative
-- Source: github.com/RUNSTR-LLC/RUNSTR/issues/270
-- Store: Supabase (PostgreSQL at read committed) and a Lightning wallet (NWC)
-- Invariant: each invoice is paid at most once
-- Shipped fix: proposed: settled -> paying before the payment, and left there where the outcome is not known -> complete, if it
--   is committed by itself; in the transaction of the call (`same_transaction`) it is not enough
-- Note: the three attempts to write `settled` after an error are one write: the second and third change nothing.

scenario po_03 "A job pays what has settled, and runs again"

database app postgres {
  CREATE TABLE invoices (id int PRIMARY KEY, status text NOT NULL);
  INSERT INTO invoices VALUES (1, 'settled');
}
faults none
faults crash <= 1

request forward() {

  variant buggy "pay, then write it down"
      story "Two runs pay the same invoice; so do a run and the next one, after a crash or a lost answer."
      expect violated {
    for due in SELECT id FROM invoices WHERE status = 'settled' ORDER BY id {
      let paid = call pay_invoice(due.id) may ok, lost_done, lost_not_done;
      if paid.outcome = 'ok' {
        UPDATE invoices SET status = 'forwarded' WHERE id = :due.id;
      } else {
        UPDATE invoices SET status = 'settled' WHERE id = :due.id;
      }
    }
  }

  variant shipped "claim it, pay, and leave what is not known as it is"
      expect holds {
    for due in SELECT id FROM invoices WHERE status = 'settled' ORDER BY id {
      let mine = UPDATE invoices SET status = 'paying' WHERE id = :due.id AND status = 'settled';
      if mine.found {
        let paid = call pay_invoice(due.id) may ok, lost_done, lost_not_done;
        if paid.outcome = 'ok' { UPDATE invoices SET status = 'forwarded' WHERE id = :due.id; }
      }
    }
  }

  variant same_transaction "claim and payment in one transaction"
      story "A crash after the payment rolls back the claim, and the next run pays again."
      expect violated with crash, holds without faults {
    for due in SELECT id FROM invoices WHERE status = 'settled' ORDER BY id {
      transaction {
        let mine = UPDATE invoices SET status = 'paying' WHERE id = :due.id AND status = 'settled';
        if mine.found {
          let paid = call pay_invoice(due.id) may ok, lost_done, lost_not_done;
          if paid.outcome = 'ok' { UPDATE invoices SET status = 'forwarded' WHERE id = :due.id; }
        }
      }
    }
  }

  variant reference "the payment hash is the key: the wallet pays an invoice once, however often it is asked"
      expect holds {
    for due in SELECT id FROM invoices WHERE status = 'settled' ORDER BY id {
      let paid = call pay_invoice(due.id) key (due.id) may ok, lost_done, lost_not_done;
      if paid.outcome = 'ok' { UPDATE invoices SET status = 'forwarded' WHERE id = :due.id; }
    }
  }
}

run job forward() * 2

always "paid at most once" { SELECT count(*) <= 1 FROM pay_invoice }
