-- A seat is held for fifteen minutes while its buyer pays; a cleaner frees what was not paid in time. Two buyers, one
-- seat. (Booking #31: every path writes the seat without asking whose it is.)
--
-- A hold that is made at 14:30 ends at 14:45, one of 14:50 at 15:05; from 15:00 on nothing is held any more, so that every
-- hold ends within the story. The clock may go on at any moment. Where a payment comes too late it must be
-- refunded: paid implies seat or refund.
--
-- The seat itself always has one owner. Seen only by `paid implies seat or refund` (and by what two buyers were told):
-- webhook_without_owner, webhook_checks_owner; only by `no seat is held for ever`: hold_without_end with a crash.
scenario reservation_hold "A hold ends while its buyer pays"

database hall postgres {
  CREATE TABLE seats (id int PRIMARY KEY, status text NOT NULL, owner text, held_until timestamp);
  INSERT INTO seats VALUES (1, 'free', NULL, NULL);
}

clock '14:30', '14:50', '15:10';
faults none;
faults crash <= 1;

request buy(buyer) {

  variant naive "look, hold, pay, book"
      story "Both find it free."
      expect violated at every level {
    let seat = SELECT status FROM seats WHERE id = 1;
    if seat.status <> 'free' { respond 409; }
    UPDATE seats SET status = 'held', owner = :buyer, held_until = '2024-01-01 14:45' WHERE id = 1;
    call pay(buyer);
    UPDATE seats SET status = 'booked' WHERE id = 1;
    respond 200;
  }

  variant hold_without_end "free → held, pay, held → booked, and nobody frees anything"
      story "One buyer at a time. A crash after the hold: the seat is never sold."
      expect holds at every level, violated at every level with crash {
    let mine = UPDATE seats SET status = 'held', owner = :buyer WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    if mine.count = 0 { respond 409; }
    call pay(buyer);
    UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'held' AND owner = :buyer;
    respond 200;
  }

  variant webhook_without_owner "the same with a cleaner; the seat is booked whosever it is by now"
      story "The hold ends while the payment is under way, another one holds and pays: both paid for one seat."
      expect violated at every level {
    let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    if mine.count = 0 { respond 409; }
    call pay(buyer);
    UPDATE seats SET status = 'booked', owner = :buyer WHERE id = 1;
    respond 200;
  }

  variant webhook_checks_owner "the seat is booked only for who holds it, and the row count is not read"
      story "The seat goes to who holds it. The other one has paid, and gets neither seat nor money."
      expect violated at every level {
    let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    if mine.count = 0 { respond 409; }
    call pay(buyer);
    UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'held' AND owner = :buyer;
    respond 200;
  }

  variant refund_when_too_late "the same, and 0 rows mean a refund"
      story "Nobody pays for nothing. But a crash after the payment, and the cleaner frees a seat that was paid."
      expect holds at every level, violated at every level with crash {
    let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    if mine.count = 0 { respond 409; }
    call pay(buyer);
    let booked = UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'held' AND owner = :buyer;
    if booked.count = 0 {
      call refund(buyer);
      respond 409;
    }
    respond 200;
  }

  variant check_the_hold_then_pay "look whether the hold is still good, then pay"
      story "Between the look and the payment there is a gap like any other."
      expect violated at every level {
    let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    if mine.count = 0 { respond 409; }
    let seat = SELECT status FROM seats WHERE id = 1 AND owner = :buyer AND held_until > now();
    if NOT seat.found { respond 409; }
    call pay(buyer);
    UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'held' AND owner = :buyer;
    respond 200;
  }

  variant state_machine "free → held → paying → booked; the cleaner frees what is held, never what is being paid"
      story "No loss: the hold is closed before the payment, and what a crash left unpaid the job pays, with the same key."
      expect holds at every level {
    let mine = UPDATE seats SET status = 'held', owner = :buyer, held_until = CASE WHEN now() < '2024-01-01 14:45' THEN timestamp '2024-01-01 14:45' ELSE timestamp '2024-01-01 15:05' END
               WHERE id = 1 AND status = 'free' AND now() < '2024-01-01 15:00';
    let paying = UPDATE seats SET status = 'paying' WHERE id = 1 AND owner = :buyer AND status = 'held';
    if paying.count = 0 { respond 409; }
    call pay(buyer) key (buyer);
    UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'paying' AND owner = :buyer;
    respond 200;
  }
}

request clean() {
  variant naive {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
  }
  variant hold_without_end { }
  variant webhook_without_owner {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
  }
  variant webhook_checks_owner {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
  }
  variant refund_when_too_late {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
  }
  variant check_the_hold_then_pay {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
  }
  variant state_machine {
    UPDATE seats SET status = 'free', owner = NULL WHERE status = 'held' AND held_until < now();
    for seat in SELECT owner FROM seats WHERE status = 'paying' {
      call pay(seat.owner AS buyer) key (seat.owner);
      UPDATE seats SET status = 'booked' WHERE id = 1 AND status = 'paying' AND owner = :seat.owner;
    }
  }
}

run buy('ann') * 1, buy('bob'), job clean()

always  "one buyer at most is told that the seat is his" {
  SELECT count(*) <= 1 FROM responses WHERE request = 'buy' AND status = '200'
}
finally "paid implies seat or refund" {
  SELECT NOT EXISTS (SELECT 1 FROM pay p WHERE NOT EXISTS (SELECT 1 FROM refund r WHERE r.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.owner = p.buyer AND s.status = 'booked'))
}
finally "no seat is booked for nothing" {
  SELECT NOT EXISTS (SELECT 1 FROM seats s WHERE s.status = 'booked' AND NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = s.owner))
}
finally "no seat is held for ever" { SELECT NOT EXISTS (SELECT 1 FROM seats WHERE status IN ('held', 'paying')) }
