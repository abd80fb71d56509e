-- LCK-05: LiteLLM PodLockManager: GET, then DEL
-- Source: github.com/BerriAI/litellm/issues/21225; SuperteamDAO/earn#1478 (create-tranche, announce-winners: TTL 300 = maxDuration 300)
-- Store: Redis
-- Invariant: one holder
-- Shipped fix: compare-and-delete in Lua -> complete for the release; that a lease may be outlived remains (`overrun`)
-- Note: `work` is a section that is over before its lease, `payout` one that may outlive it: so the two losses are told apart.
--   GETDEL stands for DEL: it says whose lock is deleted, which an invariant cannot see otherwise.

scenario lck_05 "Three pods take turns with a lock"

database redis redis { }
lock pod

request work() {

  variant buggy "GET, and DEL if it is mine"
      story "Between GET and DEL the lease of 1 ends and 2 takes the lock: 1 deletes the lock of 2, and 3 works beside 2."
      expect violated {
    let lock = redis> SET lock {me} NX EX 300;
    if NOT lock.found { respond 423; }
    section work { call read_winners(1 AS run); call pay_winners(1 AS run); }
    let holder = redis> GET lock;
    if holder.found AND holder.value = me::text {
      let gone = redis> GETDEL lock;
      if gone.found { effect released(me AS by, gone.value AS owner); }
    }
  }

  variant shipped "compare and delete in one script"
      expect holds {
    let lock = redis> SET lock {me} NX EX 300;
    if NOT lock.found { respond 423; }
    section work { call read_winners(1 AS run); call pay_winners(1 AS run); }
    let gone = redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('getdel', KEYS[1]) end" 1 lock {me};
    if gone.found { effect released(me AS by, gone.value AS owner); }
  }

  variant overrun "the same, and the work takes as long as the lease"
      story "The lease of 1 ends while it works, and 2 begins."
      expect violated {
    let lock = redis> SET lock {me} NX EX 300;
    if NOT lock.found { respond 423; }
    section payout { call read_winners(1 AS run); call pay_winners(1 AS run); }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
  }

  variant reference "a lock that is gone with its holder's connection, and not before"
      expect holds {
    hold pod(1) {
      section payout { call read_winners(1 AS run); call pay_winners(1 AS run); }
    }
  }
}

run work() * 3

always "nobody works beside one whose lock another has deleted" {
  SELECT count(*) = 0 FROM released r, sections s, sections t
  WHERE r.by::text <> r.owner AND s.actor::text = r.owner AND t.actor <> s.actor
}
always "one at a time" { SELECT count(*) <= 1 FROM sections WHERE section = 'payout' }
