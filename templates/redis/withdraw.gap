-- Balance withdrawal: two requests GET the balance before either of them has SET it.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario withdraw "Two withdrawals of 60 race for a balance of 100 in Redis"

database redis redis {
  -- The commands that make what is there before the first request.
  SET balance:1 100;
}

request withdraw(id, amount) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET, check, SET"
      story "Both requests GET 100 and both SET 40: 120 are paid out and 60 are booked."
      expect violated {
    let balance = redis> GET balance:{id};
    if balance.value::int < amount { respond 400; }
    redis> SET balance:{id} {balance.value::int - amount};
    effect paid(amount);                     -- the money has left: nothing takes it back
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "check and subtract in one script"
      story "No loss: a script is one step."
      expect holds {
    let left = redis> EVAL "
      if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end
      return redis.call('decrby', KEYS[1], ARGV[1])" 1 balance:{id} {amount};
    if left.value < 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run withdraw(1, 60) * 2

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "no more is paid out than there was" { SELECT coalesce(sum(amount), 0) <= 100 FROM paid }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT value::int FROM redis WHERE key = 'balance:1') = (SELECT coalesce(sum(amount), 0) FROM paid)
}
