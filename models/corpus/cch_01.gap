-- CCH-01: Autumn: cache invalidation drops deductions that are not yet synced; a stale cache is synced over a new balance
-- Source: github.com/useautumn/autumn/pull/2153, pull/632
-- Store: Redis as a write-back cache, PostgreSQL at read committed
-- Invariant: the balance in PostgreSQL, with what is not yet synced, is what was granted less what was used
-- Shipped fix: GETDEL and flush; the version of the cache is compared at the sync -> complete for the listed routes
-- Note: where nothing is cached, `track` refuses (the slow path is left out), so nothing is used uncounted.
--   The corpus' 3,5 (a sync over the new balance) is what `shipped` prevents by the version: see --controls.

scenario cch_01 "Usage is tracked, the balance is topped up, and the cache is synced"

database app postgres {
  CREATE TABLE balances (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  INSERT INTO balances VALUES (1, 100, 0);
}
database cache redis { SET balance 100; }
lock account

request track(amount) {
  let left_over = cache> EVAL "if redis.call('exists', KEYS[1]) == 1 then return redis.call('decrby', KEYS[1], ARGV[1]) end"
                         1 balance {amount};
  if NOT left_over.found { respond 503; }
  effect used(amount);
}

request top_up(amount) {
  variant buggy "write, then delete the cache"
      story "10 are used and not yet synced; the cache is deleted, and the 10 were free. Or a sync writes the old balance over the new one."
      expect violated {
    UPDATE balances SET balance = balance + :amount WHERE id = 1;
    cache> DEL balance;
  }
  variant shipped "take what is cached, and flush it" expect holds {
    let cached = cache> GETDEL balance;
    UPDATE balances SET balance = coalesce(:cached.value::int, balance) + :amount, version = version + 1 WHERE id = 1;
  }
  variant reference "one at a time: nobody syncs between the two" expect holds {
    hold account(1) {
      let cached = cache> GETDEL balance;
      UPDATE balances SET balance = coalesce(:cached.value::int, balance) + :amount WHERE id = 1;
    }
  }
}

request sync() {
  variant buggy {
    let cached = cache> GET balance;
    UPDATE balances SET balance = coalesce(:cached.value::int, balance) WHERE id = 1;
  }
  variant shipped {
    let seen = SELECT version FROM balances WHERE id = 1;
    let cached = cache> GET balance;
    UPDATE balances SET balance = coalesce(:cached.value::int, balance) WHERE id = 1 AND version = :seen.version;
  }
  variant reference {
    hold account(1) {
      let cached = cache> GET balance;
      UPDATE balances SET balance = coalesce(:cached.value::int, balance) WHERE id = 1;
    }
  }
}

run track(10), top_up(50), job sync()

finally "the balance is what was granted less what was used" {
  SELECT balance = 100 + 50 - (SELECT coalesce(sum(amount), 0) FROM used) FROM balances WHERE id = 1
}
