-- Resource limit: so many at once, and two requests count before either of them has begun.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario limit "Two want the last of three slots"

database redis redis {
  -- The commands that make what is there before the first request.
  SADD running a b;
}

request start(job) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "SCARD, check, SADD"
      story "Both count 2 of 3, both begin."
      expect violated {
    let running = redis> SCARD running;
    if running.value >= 3 { respond 429; }
    redis> SADD running {job};
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant lua "count and add in one script"
      story "No loss: a script is one step."
      expect holds {
    let mine = redis> EVAL "
      if redis.call('scard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
      return redis.call('sadd', KEYS[1], ARGV[1])" 1 running {job} 3;
    if mine.value = 0 { respond 429; }
    respond 200;
  }
}

run start('c'), start('d')

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "never more than three at once" { SELECT count(*) <= 3 FROM redis WHERE key = 'running' }
finally "the last slot is used"         { SELECT count(*) = 3 FROM redis WHERE key = 'running' }
