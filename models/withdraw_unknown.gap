-- A withdrawal of 60 is booked here and paid out by somebody else's server. Its answer may be lost: `lost_done` (the money has
-- left) and `lost_not_done` look the same from here, and `pending` is settled when nobody looks.
--
-- Seen only by `booked if and only if paid`; the balance always looks right.
scenario withdraw_unknown "A payout whose outcome is unknown"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE withdrawals (key text PRIMARY KEY, status text NOT NULL);
  INSERT INTO users VALUES (1, 200);
}

faults none;
faults crash <= 1;
faults retry <= 1;

request withdraw(key, amount) {

  variant unknown_is_failure "no answer is taken for a no, and the booking is taken back"
      story "The answer was lost, the payout was not: the customer has the money twice."
      expect violated at every level {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    let r = call payout(key, amount) key (key) may ok, declined, lost_done, lost_not_done;
    if r.outcome = 'ok' {
      UPDATE withdrawals SET status = 'paid' WHERE key = :key AND status = 'open';
      respond 200;
    }
    transaction {
      let mine = UPDATE withdrawals SET status = 'failed' WHERE key = :key AND status = 'open';
      if mine.count = 1 { UPDATE users SET balance = balance + :amount WHERE id = 1; }
    }
    respond 502;
  }

  variant unknown_stays_open "no answer is no answer: only a no takes the booking back, and the job asks again"
      story "No loss: with the same key, asking again is not paying again."
      expect holds {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    let r = call payout(key, amount) key (key) may ok, declined, lost_done, lost_not_done;
    if r.outcome = 'ok' { UPDATE withdrawals SET status = 'paid' WHERE key = :key AND status = 'open'; }
    if r.outcome = 'declined' {
      transaction {
        let mine = UPDATE withdrawals SET status = 'failed' WHERE key = :key AND status = 'open';
        if mine.count = 1 { UPDATE users SET balance = balance + :amount WHERE id = 1; }
      }
    }
    respond 200;
  }

  variant unknown_is_success "no answer is taken for a yes"
      story "The payout was never made, the customer is told that it was."
      expect violated at every level {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    let r = call payout(key, amount) key (key) may ok, declined, lost_done, lost_not_done;
    if r.outcome <> 'declined' {
      UPDATE withdrawals SET status = 'paid' WHERE key = :key AND status = 'open';
      respond 200;
    }
    transaction {
      let mine = UPDATE withdrawals SET status = 'failed' WHERE key = :key AND status = 'open';
      if mine.count = 1 { UPDATE users SET balance = balance + :amount WHERE id = 1; }
    }
    respond 502;
  }

  variant pending_is_failure "pending is taken for a no"
      story "Kill Bill #1015: the payment is settled later, after the booking was taken back."
      expect violated at every level {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    let r = call payout(key, amount) key (key) may ok, declined, pending;
    if r.outcome = 'ok' {
      UPDATE withdrawals SET status = 'paid' WHERE key = :key AND status = 'open';
      respond 200;
    }
    transaction {
      let mine = UPDATE withdrawals SET status = 'failed' WHERE key = :key AND status = 'open';
      if mine.count = 1 { UPDATE users SET balance = balance + :amount WHERE id = 1; }
    }
    respond 502;
  }
}

request reconcile(amount) {
  variant unknown_is_failure { respond 200; }
  variant unknown_is_success { respond 200; }
  variant pending_is_failure { respond 200; }
  variant unknown_stays_open {
    for w in SELECT key FROM withdrawals WHERE status = 'open' {
      let r = call payout(w.key AS key, amount) key (w.key) may ok, declined;   -- it asks until it is told
      if r.outcome = 'ok' { UPDATE withdrawals SET status = 'paid' WHERE key = :w.key AND status = 'open'; }
      if r.outcome = 'declined' {
        transaction {
          let mine = UPDATE withdrawals SET status = 'failed' WHERE key = :w.key AND status = 'open';
          if mine.count = 1 { UPDATE users SET balance = balance + :amount WHERE id = 1; }
        }
      }
    }
  }
}

run withdraw('w1', 60), job reconcile(60)

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
history "one payout a withdrawal" {
  SELECT NOT EXISTS (SELECT 1 FROM payout a JOIN payout b ON a.position < b.position)
}
finally "booked if and only if paid" {
  SELECT 200 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM payout)
}
