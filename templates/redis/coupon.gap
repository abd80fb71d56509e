-- Coupon: a code that is good for one order discounts two.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario coupon "Two orders use a coupon that is good for one, counted in Redis"

database redis redis {
  -- The commands that make what is there before the first request.
  SET uses:SAVE50 0;
}

request order_with(code) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET the uses, check, INCR"
      story "INCR is atomic and comes too late: both have seen 0 uses."
      expect violated {
    let uses = redis> GET uses:{code};
    if uses.value::int >= 1 { respond 409; }
    redis> INCR uses:{code};
    effect discount(code);                   -- the order has its discount: nothing takes it back
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "check and count in one script"
      story "No loss: a script is one step."
      expect holds {
    let mine = redis> EVAL "
      if tonumber(redis.call('get', KEYS[1])) >= tonumber(ARGV[1]) then return 0 end
      redis.call('incr', KEYS[1])
      return 1" 1 uses:{code} 1;
    if mine.value = 0 { respond 409; }
    effect discount(code);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run order_with('SAVE50') * 2

always  "no more orders are discounted than the coupon is good for" { SELECT count(*) <= 1 FROM discount }
finally "somebody got the discount" { SELECT count(*) >= 1 FROM discount }
-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
finally "the counter counts the orders" {
  SELECT (SELECT value::int FROM redis WHERE key = 'uses:SAVE50') = (SELECT count(*) FROM discount)
}
