-- Transfer: several transfers GET both balances before either of them has SET any.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario transfer "Three transfers between two accounts, in both directions"

database redis redis {
  -- The commands that make what is there before the first request.
  SET account:1 100;
  SET account:2 100;
}

request transfer(source, target, amount) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET and SET each account"
      story "Each writes what it has read: money appears, or is gone."
      expect violated {
    let giver = redis> GET account:{source};
    if giver.value::int < amount { respond 402; }
    redis> SET account:{source} {giver.value::int - amount};
    let taker = redis> GET account:{target};
    redis> SET account:{target} {taker.value::int + amount};
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "check and move in one script"
      story "No loss: a script is one step."
      expect holds {
    let moved = redis> EVAL "
      if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return 0 end
      redis.call('decrby', KEYS[1], ARGV[1])
      redis.call('incrby', KEYS[2], ARGV[1])
      return 1" 2 account:{source} account:{target} {amount};
    if moved.value = 0 { respond 402; }
    respond 200;
  }
}

run transfer(1, 2, 60) * 2, transfer(2, 1, 10)

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "no account goes below zero"     { SELECT min(value::int) >= 0 FROM redis WHERE key LIKE 'account:%' }
finally "money is neither made nor lost" { SELECT sum(value::int) = 200 FROM redis WHERE key LIKE 'account:%' }
