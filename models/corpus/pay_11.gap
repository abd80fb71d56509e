-- PAY-11 dfinity invoice canister: the await makes the refund non-atomic
-- Source: github.com/dfinity/invoice-canister/issues/22
-- Store: the memory of an actor, atomic between awaits
-- Invariant: one transfer per invoice
-- Shipped fix: not read; so there is no `shipped`. The corpus asks: set refundedAt before the await, undo on a definite failure
-- Note: the UPDATE … AND NOT refunded is check and mark without an await between. `undo` takes an unknown outcome for a failure,
--   which "definite" excludes.

scenario pay_11 "An invoice is refunded twice, with a wait for the ledger between check and mark"

memory canister {
  CREATE TABLE invoices (id int PRIMARY KEY, refunded boolean NOT NULL);
  INSERT INTO invoices VALUES (1, false);
}

request refund(id) {

  variant buggy "check, await the transfer, mark"
      story "While the first awaits its transfer, the second finds the invoice not refunded."
      expect violated {
    let invoice = canister> SELECT refunded FROM invoices WHERE id = :id;
    if invoice.refunded { respond 409; }
    let r = call transfer(id) may ok, failed, lost_done, lost_not_done;
    if r.outcome = 'ok' { canister> UPDATE invoices SET refunded = true WHERE id = :id; }
  }

  variant undo "mark, await, undo unless the transfer is known to be done"
      story "The transfer is done and its answer lost; the mark is undone, and the next refund transfers again."
      expect violated {
    let mine = canister> UPDATE invoices SET refunded = true WHERE id = :id AND NOT refunded;
    if NOT mine.found { respond 409; }
    let r = call transfer(id) may ok, failed, lost_done, lost_not_done;
    if r.outcome <> 'ok' { canister> UPDATE invoices SET refunded = false WHERE id = :id; respond 502; }
  }

  variant reference "mark, await, undo only what has definitely failed" expect holds {
    let mine = canister> UPDATE invoices SET refunded = true WHERE id = :id AND NOT refunded;
    if NOT mine.found { respond 409; }
    let r = call transfer(id) may ok, failed, lost_done, lost_not_done;
    if r.outcome = 'failed' { canister> UPDATE invoices SET refunded = false WHERE id = :id; respond 502; }
  }
}

run refund(1) * 2

always "one transfer per invoice" { SELECT count(*) <= 1 FROM transfer }
