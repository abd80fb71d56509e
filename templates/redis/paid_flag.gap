-- Paid flag: the provider tells of one payment twice, and the days that were paid for are added twice.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario paid_flag "Two webhooks of one payment"

database redis redis {
  -- The commands that make what is there before the first request.
  SET days:1 0;
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes.
faults none;
faults crash <= 1;

request paid(event) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET the flag, add the days, SET the flag"
      story "Both find it unset: thirty days are paid, and sixty are granted."
      expect violated {
    let done = redis> GET done:{event};
    if done.found { respond 200; }
    redis> INCRBY days:1 30;
    redis> SET done:{event} 1;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "flag and days in one script"
      story "No loss: a script is one step, so that no crash comes between the two."
      expect holds {
    redis> EVAL "
      if redis.call('setnx', KEYS[1], 1) == 1 then redis.call('incrby', KEYS[2], 30) end" 2 done:{event} days:1;
    respond 200;
  }
}

-- A delivery comes again until the handler responds 200.
run deliver paid('evt_1') until 200 * 2

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "no day is granted twice"    { SELECT value::int <= 30 FROM redis WHERE key = 'days:1' }
finally "what was paid for is there" { SELECT value::int = 30 FROM redis WHERE key = 'days:1' }
