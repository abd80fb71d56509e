-- Refund: a payment is paid back twice, or more of it than was paid.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario refund "Two clerks refund one payment"

database redis redis {
  -- The commands that make what is there before the first request.
  HSET payment:7 paid 100 refunded 0;
}

request refund(id, amount) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "HMGET, pay back, HSET"
      story "Both read 0, both pay back 60, and 60 are written down."
      expect violated {
    let refunded = redis> HGET payment:{id} refunded;
    let paid = redis> HGET payment:{id} paid;
    if refunded.value::int + amount > paid.value::int { respond 409; }
    call pay_back(id, amount);               -- somebody else's server: a step of its own, and nothing takes it back
    redis> HSET payment:{id} refunded {refunded.value::int + amount};
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant book_then_pay_back "a script that checks and adds, and pay back only if it did"
      story "No loss: what is still to be refunded is taken before anything is paid back."
      expect holds {
    let mine = redis> EVAL "
      local paid = tonumber(redis.call('hget', KEYS[1], 'paid'))
      if redis.call('hget', KEYS[1], 'refunded') + ARGV[1] > paid then return 0 end
      return redis.call('hincrby', KEYS[1], 'refunded', ARGV[1])" 1 payment:{id} {amount};
    if mine.value = 0 { respond 409; }
    call pay_back(id, amount);
    respond 200;
  }
}

run refund(7, 60) * 2

always  "no more is paid back than was paid" { SELECT coalesce(sum(amount), 0) <= 100 FROM pay_back }
-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
finally "what was paid back is written down" {
  SELECT (SELECT value::int FROM redis WHERE field = 'refunded') = (SELECT coalesce(sum(amount), 0) FROM pay_back)
}
