-- Loyalty points: two orders spend the same points.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario loyalty_points "Two orders spend 60 of 100 points each, counted in Redis"

database redis redis {
  -- The commands that make what is there before the first request.
  SET points:1 100;
}

request redeem(customer, points) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET the points, give the reward, SET the points"
      story "Both GET 100 and both SET 40: 120 points are spent."
      expect violated {
    let had = redis> GET points:{customer};
    if had.value::int < points { respond 402; }
    effect reward(points);                   -- the customer has it: nothing takes it back
    redis> SET points:{customer} {had.value::int - points};
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "check and subtract in one script"
      story "No loss: a script is one step."
      expect holds {
    let left = redis> EVAL "
      if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end
      return redis.call('decrby', KEYS[1], ARGV[1])" 1 points:{customer} {points};
    if left.value < 0 { respond 402; }
    effect reward(points);
    respond 200;
  }
}

-- Two requests at once; more with --actors 5.
run redeem(1, 60) * 2

always  "nobody spends more than he has" { SELECT coalesce(sum(points), 0) <= 100 FROM reward }
-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
finally "what was spent left the points" {
  SELECT 100 - (SELECT value::int FROM redis WHERE key = 'points:1') = (SELECT coalesce(sum(points), 0) FROM reward)
}
finally "somebody got a reward" { SELECT count(*) >= 1 FROM reward }
