-- A seat is held while its buyer pays. The hold is a document with a TTL index and the ticket another one; or seat, hold and ticket are one
-- document that goes from state to state. A job pays what a crash left unpaid.
--
-- Seen only by `paid implies ticket or refund`, while the seat is never sold twice: hold_and_unique_ticket.
scenario reservation_hold_mongodb "A hold in MongoDB ends while its buyer pays"

database hall mongodb {
  db.seats.insertOne({_id: 1, state: "free", buyer: null, version: 0, touched: 0, wishes: []});
  db.holds.createIndex({at: 1}, {expireAfterSeconds: 900});
  db.unique_tickets.createIndex({seat: 1}, {unique: true});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;

request buy(buyer) {

  variant naive "findOne, $set held, pay, $set sold"
      story "Both find it free."
      expect violated at every level {
    let seat = db.seats.findOne({_id: 1});
    if seat.state <> 'free' { respond 409; }
    db.seats.updateOne({_id: 1}, {$set: {state: "held", buyer}});
    call pay(buyer);
    db.seats.updateOne({_id: 1}, {$set: {state: "sold"}});
    respond 200;
  }

  variant hold_without_end "findOneAndUpdate free → held, pay, held → sold"
      story "One buyer at a time. A crash after the hold, and the seat is never sold."
      expect holds at every level, violated at every level with crash {
    let mine = db.seats.findOneAndUpdate({_id: 1, state: "free"}, {$set: {state: "held", buyer}});
    if NOT mine.found { respond 409; }
    call pay(buyer);
    db.seats.updateOne({_id: 1, state: "held", buyer}, {$set: {state: "sold"}});
    respond 200;
  }

  variant hold_not_read "the same, and nobody looks whether the seat came back"
      story "The second one holds nothing, and pays."
      expect violated at every level {
    db.seats.findOneAndUpdate({_id: 1, state: "free"}, {$set: {state: "held", buyer}});
    call pay(buyer);
    db.seats.updateOne({_id: 1, state: "held", buyer}, {$set: {state: "sold"}});
    respond 200;
  }

  variant state_machine "free → paying, pay, paying → sold, each by its filter; the job pays what is open, with the same key"
      story "No loss: what is being paid is nobody else's, and what a crash left unpaid is paid."
      expect holds at every level {
    let mine = db.seats.findOneAndUpdate({_id: 1, state: "free"}, {$set: {state: "paying", buyer}});
    if NOT mine.found { respond 409; }
    call pay(buyer) key (buyer);
    db.seats.updateOne({_id: 1, state: "paying", buyer}, {$set: {state: "sold"}});
    respond 200;
  }

  variant check_outside_the_transaction "findOne, then hold and wish in a transaction; pay; sold"
      story "Both found it free; hold and wish are one step, in both requests."
      expect violated at every level {
    let seat = db.seats.findOne({_id: 1});
    if seat.state <> 'free' { respond 409; }
    retry on write_conflict {
      transaction {
        db.seats.updateOne({_id: 1}, {$set: {state: "held", buyer}});
        db.wishes.insertOne({_id: buyer});
      }
    }
    call pay(buyer);
    db.seats.updateOne({_id: 1}, {$set: {state: "sold"}});
    respond 200;
  }

  variant touch_then_pay "a transaction that begins with a real change of the seat; pay; commit"
      story "One at a time. A crash before the commit: paid, and the seat is free."
      expect holds at every level, violated at every level with crash {
    retry on write_conflict {
      transaction {
        let seat = db.seats.findOneAndUpdate({_id: 1}, {$inc: {touched: 1}});
        if seat.state <> 'free' { rollback; respond 409; }
        call pay(buyer);
        db.seats.updateOne({_id: 1}, {$set: {state: "sold", buyer}});
      }
    }
    respond 200;
  }

  variant optimistic_version "a version in the filter of the hold"
      story "The version that was read can be held once. A crash after it, and the seat is never sold."
      expect holds at every level, violated at every level with crash {
    let seat = db.seats.findOne({_id: 1});
    if seat.state <> 'free' { respond 409; }
    let mine = db.seats.updateOne({_id: 1, version: seat.version}, {$set: {state: "held", buyer}, $inc: {version: 1}});
    if mine.matchedCount = 0 { respond 409; }
    call pay(buyer);
    db.seats.updateOne({_id: 1}, {$set: {state: "sold"}});
    respond 200;
  }

  variant unread_version "the same, and nobody reads matchedCount"
      story "The version says no, and the buyer pays."
      expect violated at every level {
    let seat = db.seats.findOne({_id: 1});
    if seat.state <> 'free' { respond 409; }
    db.seats.updateOne({_id: 1, version: seat.version}, {$set: {state: "held", buyer}, $inc: {version: 1}});
    call pay(buyer);
    db.seats.updateOne({_id: 1}, {$set: {state: "sold"}});
    respond 200;
  }

  variant pay_in_the_callback "findOne, pay, $set in a transaction; write_conflict goes to the buyer"
      story "The write fails after the payment."
      expect violated at every level {
    transaction {
      let seat = db.seats.findOne({_id: 1});
      if seat.state <> 'free' { rollback; respond 409; }
      call pay(buyer);
      db.seats.updateOne({_id: 1}, {$set: {state: "sold", buyer}});
    }
    respond 200;
  }

  variant transaction_with_retry "claim the seat in a transaction that is retried, pay after the commit; the job pays what is open"
      story "No loss: what no abort undoes stands after the commit."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let seat = db.seats.findOne({_id: 1});
        if seat.state <> 'free' { rollback; respond 409; }
        db.seats.updateOne({_id: 1}, {$set: {state: "paying", buyer}});
      }
    }
    call pay(buyer) key (buyer);
    db.seats.updateOne({_id: 1, state: "paying", buyer}, {$set: {state: "sold"}});
    respond 200;
  }

  variant ticket_before_payment "insertOne of the ticket whose _id is the seat, then pay; the job pays what is open"
      story "No loss: _id decides, it is asked before the money moves, and what a crash left unpaid is paid."
      expect holds at every level {
    try { db.tickets.insertOne({_id: 1, buyer}); } catch duplicate_key { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant upsert_ticket_without_index "upsert of the ticket by its seat, without a unique index; pay"
      story "Both look, both insert a ticket, both pay."
      expect violated at every level {
    let mine = db.loose_tickets.updateOne({seat: 1}, {$setOnInsert: {buyer}}, {upsert: true});
    if mine.upsertedId IS NULL { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant pay_then_unique_ticket "pay, then the ticket above a unique index"
      story "The seat is sold once, and the other one has paid for it."
      expect violated at every level {
    let sold = db.unique_tickets.findOne({seat: 1});
    if sold.found { respond 409; }
    call pay(buyer);
    try { db.unique_tickets.insertOne({seat: 1, buyer}); } catch duplicate_key { respond 409; }
    respond 200;
  }

  variant add_to_set "findOne, look whether anybody wishes it, $addToSet of the buyer, pay"
      story "Both find no wish; the set has both of them, and both pay."
      expect violated at every level {
    let seat = db.seats.findOne({_id: 1});
    if seat.wishes_length > 0 { respond 409; }
    db.seats.updateOne({_id: 1}, {$addToSet: {wishes: buyer}});
    call pay(buyer);
    db.seats.updateOne({_id: 1}, {$set: {state: "sold", buyer}});
    respond 200;
  }

  variant lock_and_delete "a lease document with a TTL index, look, pay, sold, deleteOne"
      story "The lease is over before the payment is."
      expect violated at every level {
    try { db.locks.insertOne({_id: 1, owner: buyer, at: new Date()}); } catch duplicate_key { respond 423; }
    let seat = db.seats.findOne({_id: 1});
    if seat.state = 'free' {
      call pay(buyer);
      db.seats.updateOne({_id: 1}, {$set: {state: "sold", buyer}});
    }
    db.locks.deleteOne({_id: 1});
    if seat.state <> 'free' { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over before the payment is, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: 1, owner: buyer, at: new Date()}); } catch duplicate_key { respond 423; }
    let seat = db.seats.findOne({_id: 1});
    if seat.state = 'free' {
      call pay(buyer);
      db.seats.updateOne({_id: 1}, {$set: {state: "sold", buyer}});
    }
    db.locks.deleteOne({_id: 1, owner: buyer});
    if seat.state <> 'free' { respond 409; }
    respond 200;
  }

  variant hold_with_a_time "a hold document with a TTL index, look for a ticket, pay, ticket"
      story "The hold ends while the payment is under way, and the next one holds, pays and gets the same seat."
      expect violated at every level {
    try { db.holds.insertOne({_id: 1, buyer, at: new Date()}); } catch duplicate_key { respond 409; }
    let sold = db.loose_tickets.findOne({seat: 1});
    if sold.found { respond 409; }
    call pay(buyer);
    db.loose_tickets.insertOne({seat: 1, buyer});
    respond 200;
  }

  variant hold_and_unique_ticket "the same above the unique index"
      story "The seat is sold once, and the other one has paid for it."
      expect violated at every level {
    try { db.holds.insertOne({_id: 1, buyer, at: new Date()}); } catch duplicate_key { respond 409; }
    let sold = db.unique_tickets.findOne({seat: 1});
    if sold.found { respond 409; }
    call pay(buyer);
    try { db.unique_tickets.insertOne({seat: 1, buyer}); } catch duplicate_key { respond 409; }
    respond 200;
  }

  variant refund_when_too_late "the same, and who comes too late is refunded"
      story "Nobody pays for nothing, unless there is a crash between payment and ticket."
      expect holds at every level, violated at every level with crash {
    try { db.holds.insertOne({_id: 1, buyer, at: new Date()}); } catch duplicate_key { respond 409; }
    let sold = db.unique_tickets.findOne({seat: 1});
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      db.unique_tickets.insertOne({seat: 1, buyer});
    } catch duplicate_key {
      call refund(buyer);
      respond 409;
    }
    respond 200;
  }

  variant hold_and_ticket_before_payment "the hold spares work; the ticket's _id decides before the payment, the job pays what is open"
      story "No loss: the hold may end when it likes."
      expect holds at every level {
    try { db.holds.insertOne({_id: 1, buyer, at: new Date()}); } catch duplicate_key { respond 409; }
    try { db.tickets.insertOne({_id: 1, buyer}); } catch duplicate_key { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }
}

request settle() {
  variant naive, hold_without_end, hold_not_read, check_outside_the_transaction, touch_then_pay { }
  variant optimistic_version, unread_version, pay_in_the_callback, pay_then_unique_ticket, add_to_set { }
  variant lock_and_delete, compare_and_delete, hold_with_a_time, hold_and_unique_ticket, refund_when_too_late { }
  variant state_machine, transaction_with_retry {
    for seat in db.seats.find({state: "paying"}) {
      call pay(seat.buyer AS buyer) key (seat.buyer);
      db.seats.updateOne({_id: 1, state: "paying"}, {$set: {state: "sold"}});
    }
  }
  variant ticket_before_payment, hold_and_ticket_before_payment {
    for ticket in db.tickets.find({}) { call pay(ticket.buyer AS buyer) key (ticket.buyer); }
  }
  variant upsert_ticket_without_index {
    for ticket in db.loose_tickets.find({}) { call pay(ticket.buyer AS buyer) key (ticket.buyer); }
  }
}

run buy('ann') * 1, buy('bob'), job settle()

always  "the seat is sold once" {
  SELECT (SELECT count(*) FROM tickets) + (SELECT count(*) FROM unique_tickets) + (SELECT count(*) FROM loose_tickets) <= 1
     AND (SELECT count(*) FROM responses WHERE request = 'buy' AND status = '200') <= 1
}
always  "nobody pays twice" { SELECT NOT EXISTS (SELECT 1 FROM pay GROUP BY buyer HAVING count(*) > 1) }
finally "paid implies ticket or refund" {
  SELECT NOT EXISTS (SELECT 1 FROM pay p WHERE NOT EXISTS (SELECT 1 FROM refund r WHERE r.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.buyer = p.buyer AND s.state = 'sold')
                     AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM unique_tickets u WHERE u.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM loose_tickets l WHERE l.buyer = p.buyer))
}
finally "a ticket implies payment" {
  SELECT NOT EXISTS (SELECT 1 FROM tickets t WHERE NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = t.buyer))
     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.state = 'sold' AND NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = s.buyer))
}
finally "no seat is held for ever" {
  SELECT NOT EXISTS (SELECT 1 FROM seats WHERE state IN ('held', 'paying')) AND NOT EXISTS (SELECT 1 FROM holds)
     AND NOT EXISTS (SELECT 1 FROM locks)
}
