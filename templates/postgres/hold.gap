-- Hold, or reservation: a seat is held while its buyer pays, and a job frees what was not paid in time.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario hold "A hold ends while its buyer pays"

database hall postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE seats (id int PRIMARY KEY, status text NOT NULL, owner text, held_until timestamp);
  INSERT INTO seats VALUES (1, 'held', 'ann', '2024-01-01 14:45');
}

-- The instants of now(); that the clock goes on is a step, at any moment.
clock '14:30', '15:00';

request pay(id, buyer) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "look whether the hold is still good, charge, book"
      story "The hold ends between the look and the booking: charged, and the seat is somebody else's."
      expect violated {
    let seat = SELECT status, owner FROM seats WHERE id = :id;
    if seat.status <> 'held' OR seat.owner <> buyer { respond 410; }
    call charge(buyer);                      -- somebody else's server: a step of its own, and no rollback undoes it
    UPDATE seats SET status = 'booked' WHERE id = :id AND status = 'held' AND owner = :buyer;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "held → paying before the charge, paying → booked after it"
      story "No loss: what is being paid is no longer held, so that the job leaves it alone."
      expect holds {
    let mine = UPDATE seats SET status = 'paying' WHERE id = :id AND status = 'held' AND owner = :buyer;
    if mine.count = 0 { respond 410; }
    call charge(buyer);
    UPDATE seats SET status = 'booked' WHERE id = :id AND status = 'paying' AND owner = :buyer;
    respond 200;
  }
}

request hold_seat(id, buyer) {
  let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = '2024-01-01 15:15'
             WHERE id = :id AND status = 'free';
  if mine.count = 0 { respond 409; }
  respond 200;
}

request sweep() {
  UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
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
