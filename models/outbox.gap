-- An order is paid in the database, and the warehouse must hear of it: once, and not of an order that was rolled back.
-- (EcoTask #47: the reward was approved, the job never enqueued; or enqueued, and paid twice.)
--
-- Seen only by `paid if and only if shipped`, while no state is wrong by itself: send_after_commit with a crash,
-- send_before_commit. (`nothing is shipped that is not paid` sees
-- send_before_commit at once.)
scenario outbox "An order is paid, and the warehouse must hear of it"

database shop postgres {
  CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
  CREATE TABLE outbox (id int PRIMARY KEY, status text NOT NULL);
  CREATE TABLE parcels (id int NOT NULL);
  CREATE TABLE shipments (id int PRIMARY KEY);
  INSERT INTO orders VALUES (7, 'open');
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request pay(id) {

  variant send_after_commit "COMMIT, then send"
      story "A crash between the two: paid, and the warehouse never hears of it."
      expect holds at every level, violated at every level with crash, violated at every level with duplicate {
    let done = UPDATE orders SET status = 'paid' WHERE id = :id AND status = 'open';
    if done.count = 0 { respond 409; }
    send ship(id);
    respond 200;
  }

  variant send_before_commit "send, then COMMIT"
      story "The parcel leaves before the payment is booked, and after a crash it is not booked at all."
      expect violated at every level {
    transaction {
      let done = UPDATE orders SET status = 'paid' WHERE id = :id AND status = 'open';
      if done.count = 0 { rollback; respond 409; }
      send ship(id);
    }
    respond 200;
  }

  variant outbox "write the message with the order, a job sends it"
      story "Nothing is lost. After a crash between sending and noting it the job sends again, and the warehouse ships twice."
      expect holds at every level, violated at every level with crash, violated at every level with duplicate {
    transaction {
      let done = UPDATE orders SET status = 'paid' WHERE id = :id AND status = 'open';
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO outbox VALUES (:id, 'new');
    }
    respond 200;
  }

  variant outbox_and_unique_key "the same, and the warehouse knows what it has shipped"
      story "No loss: at least once from the outbox, at most once in the warehouse."
      expect holds at every level {
    transaction {
      let done = UPDATE orders SET status = 'paid' WHERE id = :id AND status = 'open';
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO outbox VALUES (:id, 'new');
    }
    respond 200;
  }
}

request relay() {
  variant send_after_commit { }
  variant send_before_commit { }
  variant outbox {
    for message in SELECT id FROM outbox WHERE status = 'new' {
      send ship(message.id);
      UPDATE outbox SET status = 'sent' WHERE id = :message.id;
    }
  }
  variant outbox_and_unique_key {
    for message in SELECT id FROM outbox WHERE status = 'new' {
      send ship(message.id);
      UPDATE outbox SET status = 'sent' WHERE id = :message.id;
    }
  }
}

request ship(id) {
  variant send_after_commit {
    INSERT INTO parcels VALUES (:id);
    effect shipped(id);
    respond 200;
  }
  variant send_before_commit {
    INSERT INTO parcels VALUES (:id);
    effect shipped(id);
    respond 200;
  }
  variant outbox {
    INSERT INTO parcels VALUES (:id);
    effect shipped(id);
    respond 200;
  }
  variant outbox_and_unique_key {
    let mine = INSERT INTO shipments VALUES (:id) ON CONFLICT DO NOTHING;
    if mine.count = 1 { effect shipped(id); }
    respond 200;
  }
}

run pay(7), job relay()

always  "nothing is shipped that is not paid" {
  SELECT NOT EXISTS (SELECT 1 FROM shipped) OR EXISTS (SELECT 1 FROM orders WHERE status = 'paid')
}
always  "one parcel an order" { SELECT count(*) <= 1 FROM shipped }
finally "paid if and only if shipped" {
  SELECT EXISTS (SELECT 1 FROM orders WHERE status = 'paid') = EXISTS (SELECT 1 FROM shipped)
}
