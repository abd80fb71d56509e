-- Hold, or reservation: a seat is held while its buyer pays, and a job frees what was not paid in time.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario hold "A hold ends while its buyer pays"

database hall mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.seats.insertOne({_id: 1, status: "held", owner: "ann", heldUntil: ISODate("2024-01-01T14:45:00Z")});
}

-- The instants of now(); that the clock goes on is a step, at any moment.
clock '14:30', '15:00';

request pay(id, buyer) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "look whether the hold is still good, charge, book"
      story "The hold ends between the look and the booking: charged, and the seat is somebody else's."
      expect violated {
    let seat = db.seats.findOne({_id: id});
    if seat.status <> 'held' OR seat.owner <> buyer { respond 410; }
    call charge(buyer);                      -- somebody else's server: a step of its own, and nothing takes it back
    db.seats.updateOne({_id: id, status: "held", owner: buyer}, {$set: {status: "booked"}});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "held → paying before the charge, paying → booked after it"
      story "No loss: what is being paid is no longer held, so that the job leaves it alone."
      expect holds {
    let mine = db.seats.updateOne({_id: id, status: "held", owner: buyer}, {$set: {status: "paying"}});
    if mine.modifiedCount = 0 { respond 410; }
    call charge(buyer);
    db.seats.updateOne({_id: id, status: "paying", owner: buyer}, {$set: {status: "booked"}});
    respond 200;
  }
}

request hold_seat(id, buyer) {
  let mine = db.seats.updateOne(
    {_id: id, status: "free"},
    {$set: {status: "held", owner: buyer, heldUntil: ISODate("2024-01-01T15:15:00Z")}}
  );
  if mine.modifiedCount = 0 { respond 409; }
  respond 200;
}

request sweep() {
  db.seats.updateMany(
    {status: "held", $expr: {$lt: ["$heldUntil", "$$NOW"]}},
    {$set: {status: "free", owner: null}}
  );
}

-- A job runs at any time, and once more at the end.
run pay(1, 'ann'), hold_seat(1, 'bob'), job sweep()

finally "who was charged has the seat" {
  SELECT NOT EXISTS (SELECT 1 FROM charge c
                     WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.status = 'booked' AND s.owner = c.buyer))
}
finally "who has the seat was charged" {
  SELECT NOT EXISTS (SELECT 1 FROM seats s
                     WHERE s.status = 'booked' AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.buyer = s.owner))
}
