-- A client that heard nothing sends its payment again, with the same idempotency key. It must be charged once.
scenario idempotency_key "Two requests with one idempotency key"

database shop postgres {
  CREATE TABLE payments (key text NOT NULL, status text NOT NULL);
  CREATE TABLE keys (key text PRIMARY KEY, status text NOT NULL);   -- used by the variants that claim the key
  INSERT INTO keys VALUES ('prepared', 'open');
}

request pay(key) {

  -- Story: both look, neither finds, both charge the card.
  variant naive "look for the key, charge, remember the key" expect violated {
    let known = SELECT status FROM payments WHERE key = :key;
    if known.found { respond 200; }
    call charge(key);
    INSERT INTO payments VALUES (:key, 'paid');
    respond 200;
  }

  -- Story: neither sees the other's payment before COMMIT, and the card is charged before it.
  variant transaction_without_lock "the same between BEGIN and COMMIT" expect violated {
    transaction {
      let known = SELECT status FROM payments WHERE key = :key;
      if known.found { rollback; respond 200; }
      call charge(key);
      INSERT INTO payments VALUES (:key, 'paid');
    }
    respond 200;
  }

  -- Story: FOR UPDATE of a row that does not exist locks nothing; PostgreSQL has no gap locks.
  variant lock_absent_row "SELECT the key FOR UPDATE before there is one" expect violated {
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

  -- Story: the unique key notices the second request, after its charge.
  variant key_after_charge "charge, then insert the unique key" expect violated {
    call charge(key);
    try {
      INSERT INTO keys VALUES (:key, 'paid');
    } catch unique_violation {
      respond 200;
    }
    respond 200;
  }

  -- Story: open-mercato #4035: the key is unique, but a row that both may load is no claim.
  variant unique_row_is_no_claim "insert the key or load it, then look whether it is paid" expect violated {
    try {
      INSERT INTO keys VALUES (:key, 'open');
    } catch unique_violation { }
    let known = SELECT status FROM keys WHERE key = :key;
    if known.status = 'paid' { respond 200; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  -- Story: none; who inserts the key charges, everybody else knows better.
  variant unique_constraint "insert the unique key, then charge" expect holds {
    try {
      INSERT INTO keys VALUES (:key, 'charging');
    } catch unique_violation {
      respond 409;
    }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = :key;
    respond 200;
  }

  -- Story: none; the second INSERT waits for the outcome of the first transaction, charge included.
  variant unique_constraint_in_transaction "the same in one transaction" expect holds {
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

  -- Story: none; the status moves from open to charging once, and only who moved it charges.
  variant claim_by_status "UPDATE … WHERE status = 'open' decides" expect holds {
    let claimed = UPDATE keys SET status = 'charging' WHERE key = 'prepared' AND status = 'open';
    if claimed.count = 0 { respond 409; }
    call charge(key);
    UPDATE keys SET status = 'paid' WHERE key = 'prepared';
    respond 200;
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "the customer was charged"        { SELECT count(*) >= 1 FROM charge }
