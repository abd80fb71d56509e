-- Subscription: the renewal job charges for a month while the customer cancels.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario subscription "A renewal and a cancellation at the same time"

database redis redis {
  -- The commands that make what is there before the first request.
  HSET subscription:1 status active months 0;
}

request renew(id) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "HGET, charge, HSET"
      story "The cancellation is confirmed between the look and the charge: the customer pays, and is active again."
      expect violated {
    let status = redis> HGET subscription:{id} status;
    if status.value <> 'active' { respond 409; }
    call charge(id);                         -- somebody else's server: a step of its own, and nothing takes it back
    redis> HINCRBY subscription:{id} months 1;
    redis> HSET subscription:{id} status active;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "active → renewing → active, by a script that matches the state"
      story "No loss: whoever comes first decides, and the other one is told so before anything is charged."
      expect holds {
    let mine = redis> EVAL "
      if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end
      redis.call('hset', KEYS[1], 'status', 'renewing')
      return 1" 1 subscription:{id};
    if mine.value = 0 { respond 409; }
    call charge(id);
    redis> EVAL "
      redis.call('hincrby', KEYS[1], 'months', 1)
      redis.call('hset', KEYS[1], 'status', 'active')" 1 subscription:{id};
    respond 200;
  }
}

request cancel(id) {
  let mine = redis> EVAL "
    if redis.call('hget', KEYS[1], 'status') ~= 'active' then return 0 end
    redis.call('hset', KEYS[1], 'status', 'cancelled')
    return 1" 1 subscription:{id};
  if mine.value = 0 { respond 409; }
  effect confirmed(id);                      -- the customer has it in writing
  respond 200;
}

run renew(1), cancel(1)

-- `history` sees the order of effects: each of their tables has a column `position`.
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM charge a WHERE EXISTS (SELECT 1 FROM confirmed b WHERE b.position < a.position))
}
-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM confirmed)
         OR EXISTS (SELECT 1 FROM redis WHERE field = 'status' AND value = 'cancelled')
}
finally "who was charged has the month" {
  SELECT (SELECT value::int FROM redis WHERE field = 'months') = (SELECT count(*) FROM charge)
}
