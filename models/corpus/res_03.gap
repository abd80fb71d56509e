-- RES-03 Cal.com seats per slot: the capacity is checked on an object loaded earlier
-- Source: code calcom/cal.com packages/features/bookings/lib/handleSeats/create/createNewSeat.ts@00b4c4ee
-- Store: PostgreSQL, READ COMMITTED, no transaction
-- Invariant: no more seats than seatsPerTimeSlot
-- Shipped fix: a later version has a FOR UPDATE inside createNewSeat; what it locks is unknown, so there is no `shipped`

scenario res_03 "One seat of a time slot is left, and two want it"

database cal postgres {
  CREATE TABLE slots (id int PRIMARY KEY, seats_per_slot int NOT NULL);
  CREATE TABLE seats (slot_id int NOT NULL, attendee text NOT NULL);
  INSERT INTO slots VALUES (1, 2);
  INSERT INTO seats VALUES (1, 'first');
}

request take_seat(slot) {

  variant buggy "the attendees come with the booking, long before the check"
      story "Both have loaded one attendee of two, and the slot has three."
      expect violated {
    let booking = SELECT s.seats_per_slot, (SELECT count(*) FROM seats WHERE slot_id = s.id) AS attendees
                  FROM slots s WHERE s.id = :slot;
    if booking.attendees >= booking.seats_per_slot { respond 409; }
    INSERT INTO seats VALUES (:slot, 'another');
    call email(slot);
    call calendar(slot);
    call payment_intent(slot);
  }

  variant reference "the slot's row is locked, then the seats are counted; others are told after COMMIT"
      expect holds at "read committed", violated at "repeatable read", holds at "serializable" {
    transaction {
      let slot_ = SELECT seats_per_slot FROM slots WHERE id = :slot FOR UPDATE;
      let taken = SELECT count(*) AS seats FROM seats WHERE slot_id = :slot;
      if taken.seats >= slot_.seats_per_slot { rollback; respond 409; }
      INSERT INTO seats VALUES (:slot, 'another');
    }
    call email(slot);
    call calendar(slot);
    call payment_intent(slot);
  }
}

run take_seat(1) * 2

always  "no more seats than the slot has" { SELECT count(*) <= 2 FROM seats WHERE slot_id = 1 }
finally "each payment has its seat"       { SELECT count(*) = (SELECT count(*) - 1 FROM seats) FROM payment_intent }
finally "the last seat is given"          { SELECT count(*) >= 2 FROM seats WHERE slot_id = 1 }
