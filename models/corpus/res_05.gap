-- RES-05 A seat hold expires while the payment succeeds; every path writes seats without an owner check
-- Source: github.com/hoangdaochuz/booking/issues/31 (2026-09)
-- Store: PostgreSQL, a saga and a cleaner job
-- Invariant: one paid owner per seat
-- Shipped fix: open; asked: AND reserved_by = me on every write, and a refund -> the `reference` here
-- Note: the webhooks are messages. `compensation` leaves only the compensation as it was: the second residual.

scenario res_05 "A seat is held for fifteen minutes, and the payment takes longer"

database hall postgres {
  CREATE TABLE seats (id int PRIMARY KEY, state text NOT NULL, owner text, held_until timestamp);
  INSERT INTO seats VALUES (1, 'available', NULL, NULL);
}
clock '14:00', '14:20'
faults duplicate <= 1

request buy(who) {
  let mine = UPDATE seats SET state = 'reserved', owner = :who, held_until = now() + interval '15 minutes'
             WHERE id = 1 AND state = 'available';
  if NOT mine.found { respond 409; }
  let r = call pay(who) key (who) may ok, declined;
  if r.outcome = 'ok' { send paid(who); } else { send not_paid(who); }
}

request paid(who) {
  variant buggy "whoever has paid is written into the seat"
      story "The hold expires, another one pays for the seat as well, and the later webhook takes it from the other."
      expect violated {
    UPDATE seats SET state = 'booked', owner = :who WHERE id = 1;
  }
  variant compensation "the webhook looks whose seat it is, the compensation does not"
      story "The hold expires, another one pays and has the seat, and the compensation of the first frees it."
      expect violated {
    let mine = UPDATE seats SET state = 'booked' WHERE id = 1 AND owner = :who;
    if NOT mine.found { call refund(who) key (who); }
  }
  variant reference "each writes only its own seat; who has paid for none gets the money back" expect holds {
    let mine = UPDATE seats SET state = 'booked' WHERE id = 1 AND owner = :who;
    if NOT mine.found { call refund(who) key (who); }
  }
}

request not_paid(who) {
  variant buggy { UPDATE seats SET state = 'available' WHERE id = 1; }
  variant compensation { UPDATE seats SET state = 'available' WHERE id = 1; }
  variant reference { UPDATE seats SET state = 'available' WHERE id = 1 AND owner = :who; }
}

request clean() {
  for freed in UPDATE seats SET state = 'available' WHERE state = 'reserved' AND held_until < now()
               RETURNING owner, held_until {
    effect run_out(freed.owner AS who, freed.held_until);
  }
}

run buy('Ann'), buy('Bob'), job clean()

finally "who has paid has the seat, or the money back" {
  SELECT count(*) = 0 FROM pay p
  WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.state = 'booked' AND s.owner = p.who)
    AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.who = p.who)
}
finally "each pays once"       { SELECT count(*) = count(DISTINCT who) FROM pay }
finally "money goes back once" { SELECT count(*) = count(DISTINCT who) FROM refund }
finally "money goes back only if a hold ends" {
  SELECT count(*) = 0 FROM refund WHERE who NOT IN (SELECT who FROM run_out)
}
always  "no hold ends early" { SELECT count(*) = 0 FROM run_out WHERE held_until > now() }
