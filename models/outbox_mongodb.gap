-- outbox.gap in MongoDB: the message is a document of its own, or an element of the order's document, where no transaction is
-- needed. In all but the first variant the warehouse knows what it has shipped.
--
-- Seen only by `paid if and only if shipped`: send_after_write, two_documents, take_then_send, each with a crash.
scenario outbox_mongodb "An order in MongoDB is paid, and the warehouse must hear of it"

database shop mongodb {
  db.orders.insertOne({_id: 7, status: "open", outbox: []});
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request pay(id) {

  variant send_after_write "updateOne, then send"
      story "A crash between the two: paid, and the warehouse never hears of it."
      expect holds at every level, violated at every level with crash, violated at every level with duplicate {
    let done = db.orders.updateOne({_id: id, status: "open"}, {$set: {status: "paid"}});
    if done.modifiedCount = 0 { respond 409; }
    send ship(id);
    respond 200;
  }

  variant two_documents "updateOne of the order, then insertOne into the outbox; a job sends it"
      story "Two documents, two steps: a crash between them, and the outbox is as deaf as the warehouse."
      expect holds at every level, violated at every level with crash {
    let done = db.orders.updateOne({_id: id, status: "open"}, {$set: {status: "paid"}});
    if done.modifiedCount = 0 { respond 409; }
    db.outbox.insertOne({_id: id, state: "new"});
    respond 200;
  }

  variant take_then_send "order and outbox in one transaction; the job takes the message out (findOneAndDelete), then sends it"
      story "No message is sent twice. A crash of the job after it has taken one, and it is sent never."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let done = db.orders.updateOne({_id: id, status: "open"}, {$set: {status: "paid"}});
        if done.modifiedCount = 0 { rollback; respond 409; }
        db.outbox.insertOne({_id: id, state: "new"});
      }
    }
    respond 200;
  }

  variant outbox_in_transaction "order and outbox in one transaction; the job sends, then notes it"
      story "No loss: at least once from the outbox, at most once in the warehouse."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let done = db.orders.updateOne({_id: id, status: "open"}, {$set: {status: "paid"}});
        if done.modifiedCount = 0 { rollback; respond 409; }
        db.outbox.insertOne({_id: id, state: "new"});
      }
    }
    respond 200;
  }

  variant outbox_in_the_order "one updateOne: open → paid and $push of the message; the job sends, then $pull"
      story "No loss, and no transaction: order and message are one document."
      expect holds at every level {
    let done = db.orders.updateOne({_id: id, status: "open"}, {$set: {status: "paid"}, $push: {outbox: "ship"}});
    if done.modifiedCount = 0 { respond 409; }
    respond 200;
  }
}

request relay() {
  variant send_after_write { }
  variant two_documents, outbox_in_transaction {
    for message in db.outbox.find({state: "new"}) {
      send ship(message._id);
      db.outbox.updateOne({_id: message._id}, {$set: {state: "sent"}});
    }
  }
  variant take_then_send {
    let message = db.outbox.findOneAndDelete({state: "new"});
    if message.found { send ship(message._id); }
  }
  variant outbox_in_the_order {
    for due in db.orders.find({outbox: "ship"}) {
      send ship(due._id);
      db.orders.updateOne({_id: due._id}, {$pull: {outbox: "ship"}});
    }
  }
}

request ship(id) {
  variant send_after_write {
    db.parcels.insertOne({order: id});
    effect shipped(id);
    respond 200;
  }
  variant two_documents, take_then_send, outbox_in_transaction, outbox_in_the_order {
    try { db.shipments.insertOne({_id: id}); } catch duplicate_key { respond 200; }
    effect shipped(id);
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
