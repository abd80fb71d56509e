-- Hold, or reservation: a seat is held by a key with a time to live, which may be over before its holder has paid.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario hold "A hold ends while its buyer pays"

database redis redis { }

request buy(seat, buyer) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "SET NX EX, charge, book"
      story "The hold is over before the charge is: the next buyer holds and pays, too, and the seat is booked over."
      expect violated {
    let mine = redis> SET hold:{seat} {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    call charge(buyer);                      -- somebody else's server: a step of its own, and nothing takes it back
    redis> SET booked:{seat} {buyer};
    redis> DEL hold:{seat};
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant claim_before_charge "the hold becomes a claim without an end, by a script, before the charge"
      story "No loss: what is being paid for no longer expires."
      expect holds {
    let mine = redis> SET hold:{seat} {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let claim = redis> EVAL "
      if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('setnx', KEYS[2], ARGV[1])" 2 hold:{seat} booked:{seat} {buyer};
    if claim.value = 0 { respond 410; }
    call charge(buyer);
    respond 200;
  }
}

run buy(1, 'ann'), buy(1, 'bob')

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "the seat is paid for once" { SELECT count(*) <= 1 FROM charge }
finally "who was charged has the seat" {
  SELECT NOT EXISTS (SELECT 1 FROM charge c
                     WHERE NOT EXISTS (SELECT 1 FROM redis r WHERE r.key = 'booked:1' AND r.value = c.buyer))
}
