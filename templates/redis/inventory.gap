-- Inventory: the last unit is sold twice.
--
-- To make it yours: 1. in `database` your keys, and what they hold; 2. in `naive` what your handler sends, one command
-- after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario inventory "Two customers order the last unit, and the stock is in Redis"

database redis redis {
  -- The commands that make what is there before the first request.
  SET stock:1 1;
}

request buy(item) {

  -- The handler as it is today. `let` keeps a reply; {expressions} over locals stand in the words of a command.
  variant naive "GET the stock, check, DECR"
      story "DECR is atomic and has no floor: both have seen 1, and it ends at -1."
      expect violated {
    let stock = redis> GET stock:{item};
    if stock.value::int < 1 { respond 409; }
    redis> DECR stock:{item};
    effect sold(item);                       -- the order is confirmed
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant watch_multi_exec "WATCH, GET, MULTI, DECR, EXEC"
      story "No loss: EXEC does nothing if the stock was touched since WATCH, and says so."
      expect holds {
    retry up to 2 {
      redis> WATCH stock:{item};
      let stock = redis> GET stock:{item};
      if stock.value::int < 1 { redis> UNWATCH; respond 409; }
      redis> MULTI;
      redis> DECR stock:{item};
      let done = redis> EXEC;
      if NOT done.found { again; }
      effect sold(item);
      respond 200;
    }
    respond 503;
  }
}

-- Two requests at once; more with --actors 5.
run buy(1) * 2

-- Invariants see Redis as a table (key, field, value, ttl); all but ttl are texts.
always  "the stock never goes below zero" { SELECT value::int >= 0 FROM redis WHERE key = 'stock:1' }
finally "every unit sold has left the stock" {
  SELECT 1 - (SELECT value::int FROM redis WHERE key = 'stock:1') = (SELECT count(*) FROM sold)
}
finally "somebody bought the last unit" { SELECT count(*) >= 1 FROM sold }
