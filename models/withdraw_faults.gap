-- A withdrawal of 60 is booked here and paid out by somebody else's server, where nothing is undone by a rollback. The customer's
-- client may send it again; a job looks after what was left open.
--
-- All of these are invisible to `the balance never goes below zero`; they are seen only by `booked if and only if paid`:
-- debit_then_pay, claim_without_job; or by the history `one payout a withdrawal`: new_key_each_attempt.
scenario withdraw_faults "A payout that may crash, and be sent again"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE withdrawals (key text PRIMARY KEY, status text NOT NULL);
  INSERT INTO users VALUES (1, 200);
}

faults none;
faults crash <= 1;
faults crash <= 1, retry <= 1;

request withdraw(key, amount) {

  variant pay_then_debit "pay out, then book"
      story "A crash between the two: the money has left, and the balance does not know. Sent again, it leaves twice."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    call payout(key, amount);
    UPDATE users SET balance = balance - :amount WHERE id = 1;
    respond 200;
  }

  variant debit_then_pay "book, then pay out"
      story "A crash between the two: the balance is short of money that never left."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    UPDATE users SET balance = balance - :amount WHERE id = 1;
    call payout(key, amount);
    respond 200;
  }

  variant pay_in_transaction "book and pay out between BEGIN and COMMIT"
      story "A crash before COMMIT takes back the booking, and not the payout."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    transaction {
      UPDATE users SET balance = balance - :amount WHERE id = 1;
      call payout(key, amount);
    }
    respond 200;
  }

  variant claim_without_job "claim the key and book in one transaction, then pay out"
      story "Never paid twice. A crash after the booking, and nobody ever pays: the next attempt finds the key taken."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    call payout(key, amount);
    UPDATE withdrawals SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant job_without_provider_key "the same, and a job pays what is open"
      story "The job cannot know whether an open one is being paid at this moment: paid twice."
      expect violated at every level {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    call payout(key, amount);
    UPDATE withdrawals SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant job_and_provider_key "the same with the provider's idempotency key"
      story "No loss: whoever comes first pays, whoever comes again asks for the same payout."
      expect holds {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    call payout(key, amount) key (key);
    UPDATE withdrawals SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant new_key_each_attempt "the client makes a new key for each attempt"
      story "To the bank these are two withdrawals: booked twice, paid twice, and the customer wanted one."
      expect holds without faults, holds with crash, violated at every level with crash, retry {
    transaction {
      let mine = INSERT INTO withdrawals VALUES (:key || '-' || :attempt, 'open') ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      UPDATE users SET balance = balance - :amount WHERE id = 1;
    }
    call payout(key, amount) key (key || '-' || attempt);
    UPDATE withdrawals SET status = 'paid' WHERE key = :key || '-' || :attempt;
    respond 200;
  }
}

request reconcile(amount) {
  variant pay_then_debit { respond 200; }
  variant debit_then_pay { respond 200; }
  variant pay_in_transaction { respond 200; }
  variant claim_without_job { respond 200; }
  variant job_without_provider_key {
    for w in SELECT key FROM withdrawals WHERE status = 'open' {
      call payout(w.key AS key, amount);
      UPDATE withdrawals SET status = 'paid' WHERE key = :w.key;
    }
  }
  variant job_and_provider_key {
    for w in SELECT key FROM withdrawals WHERE status = 'open' {
      call payout(w.key AS key, amount) key (w.key);
      UPDATE withdrawals SET status = 'paid' WHERE key = :w.key;
    }
  }
  variant new_key_each_attempt {
    for w in SELECT key FROM withdrawals WHERE status = 'open' {
      call payout('w1' AS key, amount) key (w.key);
      UPDATE withdrawals SET status = 'paid' WHERE key = :w.key;
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
