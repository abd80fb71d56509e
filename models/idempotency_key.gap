-- A client that heard nothing sends its payment again, with the same idempotency key. It must be charged once.
scenario idempotency_key "Two requests with one idempotency key"

database shop postgres {
  CREATE TABLE payments (key text NOT NULL, status text NOT NULL);
  CREATE TABLE keys (key text PRIMARY KEY, status text NOT NULL);   -- used by the variants that claim the key
  CREATE TABLE invoices (key text PRIMARY KEY, status text NOT NULL);   -- written when the customer pressed "order"
  INSERT INTO invoices VALUES ('order-7', 'open');
}

request pay(key) {

  variant naive "look for the key, charge, remember the key"
      story "Both look, neither finds, both charge the card."
      expect violated at every level {
    let known = SELECT status FROM payments WHERE key = :key;
    if known.found { respond 200; }
    call charge(key);
    INSERT INTO payments VALUES (:key, 'paid');
    respond 200;
  }

  variant transaction_without_lock "the same between BEGIN and COMMIT"
      story "Neither sees the other's payment before COMMIT, and the card is charged before it."
      expect violated at every level {
    transaction {
      let known = SELECT status FROM payments WHERE key = :key;
      if known.found { rollback; respond 200; }
      call charge(key);
      INSERT INTO payments VALUES (:key, 'paid');
    }
    respond 200;
  }

  variant lock_absent_row "SELECT the key FOR UPDATE before there is one"
      story "FOR UPDATE of a row that does not exist locks nothing; PostgreSQL has no gap locks."
      expect violated at every level {
    transaction {
      let known = SELECT status FROM keys WHERE key = :key FOR UPDATE;
      if known.found { rollback; respond 200; }
      call charge(key);
      try {
        INSERT INTO keys VALUES (:key, 'paid');
      } catch unique_violation {
        rollback;
        respond 200;
      }
    }
    respond 200;
  }

  variant key_after_charge "charge, then insert the unique key"
      story "The unique key notices the second request, after its charge."
      expect violated at every level {
    call charge(key);
    try {
      INSERT INTO keys VALUES (:key, 'paid');
    } catch unique_violation {
      respond 200;
    }
    respond 200;
  }

  variant unique_row_is_no_claim "insert the key or load it, then look whether it is paid"
      story "Open-mercato #4035: the key is unique, but a row that both may load is no claim."
      expect violated at every level {
    try {
      INSERT INTO keys VALUES (:key, 'open');
    } catch unique_violation { }
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant upsert_claims_for_all "INSERT … ON CONFLICT DO UPDATE … RETURNING"
      story "The upsert returns a row to whoever comes before the payment is marked as paid: both think it is theirs."
      expect violated at every level {
    let mine = INSERT INTO keys VALUES (:key, 'charging')
               ON CONFLICT (key) DO UPDATE SET status = 'charging' WHERE keys.status <> 'paid' RETURNING status;
    if mine.count = 0 { respond 200; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant insert_or_select "WITH mine AS (INSERT … ON CONFLICT DO NOTHING RETURNING …) SELECT … UNION ALL SELECT …"
      story "One statement to insert the key or load it: after a wait it returns neither, since its snapshot is older than both."
      expect violated at "read committed", holds at "repeatable read", "serializable" {
    transaction {
      let known = WITH mine AS (INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING RETURNING key)
                  SELECT 'mine' AS whose FROM mine UNION ALL SELECT 'theirs' FROM keys WHERE key = :key;
      if known.found AND known.whose = 'theirs' { rollback; respond 409; }
      call charge(key);
    }
    respond 200;
  }

  variant on_conflict_do_nothing "INSERT … ON CONFLICT DO NOTHING, and its row count decides"
      story "No loss: no error to catch, and 0 rows mean that the key is somebody else's."
      expect holds at every level {
    let mine = INSERT INTO keys VALUES (:key, 'charging') ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 409; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant on_conflict_in_transaction "the same in one transaction"
      story "No loss: the second INSERT waits for the first transaction, charge included; above READ COMMITTED it ends with 40001."
      expect holds at every level {
    transaction {
      let mine = INSERT INTO keys VALUES (:key, 'paid') ON CONFLICT (key) DO NOTHING;
      if mine.count = 0 { rollback; respond 409; }
      call charge(key);
    }
    respond 200;
  }

  variant unique_constraint "insert the unique key, then charge"
      story "No loss: who inserts the key charges, everybody else knows better."
      expect holds at every level {
    try {
      INSERT INTO keys VALUES (:key, 'charging');
    } catch unique_violation {
      respond 409;
    }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  variant unique_constraint_in_transaction "the same in one transaction"
      story "No loss: the second INSERT waits for the outcome of the first transaction, charge included."
      expect holds at every level {
    try {
      transaction {
        INSERT INTO keys VALUES (:key, 'paid');
        call charge(key);
      }
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }

  variant claim_by_status "UPDATE … WHERE status = 'open' decides"
      story "No loss: the status moves from open to charging once, and only who moved it charges."
      expect holds at every level {
    let claimed = UPDATE invoices SET status = 'charging' WHERE key = :key AND status = 'open';
    if claimed.count = 0 { respond 409; }
    call charge(key);
    UPDATE invoices SET status = 'paid' WHERE key = :key;
    respond 200;
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "the customer was charged"        { SELECT count(*) >= 1 FROM charge }
