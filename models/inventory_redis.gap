-- The stock is counted in Redis, orders are written in PostgreSQL. One unit is there; somebody asks for two, another for
-- one: the one must be served.
--
-- Seen only by the relation between the two stores: lua with a crash. Only by `the honest
-- order is served, or told to come again`: decr_then_repair without one.
scenario inventory_redis "One unit in Redis; one customer asks for two"

database shop postgres {
  CREATE TABLE orders (quantity int NOT NULL);
}
database redis redis { SET stock 1; }

faults none;
faults crash <= 1;

request buy(quantity) {

  variant naive "GET, check, SET, order"
      story "Two orders that the one unit is enough for alone both come through."
      expect violated at every level {
    let stock = redis> GET stock;
    if stock.value::int < quantity { respond 409; }
    redis> SET stock {stock.value::int - quantity};
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant check_then_decr "GET, check, DECRBY, order"
      story "DECRBY has no floor."
      expect violated at every level {
    let stock = redis> GET stock;
    if stock.value::int < quantity { respond 409; }
    redis> DECRBY stock {quantity};
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant decr_without_floor "DECRBY, and whoever comes orders"
      story "The counter goes below zero, and nobody looks."
      expect violated at every level {
    redis> DECRBY stock {quantity};
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant decr_then_repair "DECRBY; below zero INCRBY it back"
      story "While the order for two holds its -1, the order for one finds -2 and is refused; the unit stays on the shelf."
      expect violated at every level {
    let left = redis> DECRBY stock {quantity};
    if left.value < 0 {
      redis> INCRBY stock {quantity};
      respond 409;
    }
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant lua "check and decrement in one script, then the order"
      story "Nothing is sold twice. A crash before the order, and the unit is sold to nobody."
      expect holds at every level, violated at every level with crash {
    let left = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end return redis.call('decrby', KEYS[1], ARGV[1])" 1 stock {quantity};
    if left.value < 0 { respond 409; }
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant lua_and_order "check, decrement and order in one script"
      story "No loss: stock and order are in one store."
      expect holds at every level {
    let left = redis> EVAL "if tonumber(redis.call('get', KEYS[1])) < tonumber(ARGV[1]) then return -1 end redis.call('rpush', KEYS[2], ARGV[1]) return redis.call('decrby', KEYS[1], ARGV[1])" 2 stock orders {quantity};
    if left.value < 0 { respond 409; }
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, DECRBY and RPUSH, EXEC, and a second attempt"
      story "No loss."
      expect holds at every level {
    retry up to 2 {
      redis> WATCH stock;
      let stock = redis> GET stock;
      if stock.value::int < quantity { redis> UNWATCH; respond 409; }
      redis> MULTI;
      redis> DECRBY stock {quantity};
      redis> RPUSH orders {quantity};
      let done = redis> EXEC;
      if NOT done.found { again; }
      respond 200;
    }
    respond 503;
  }

  variant exec_not_read "WATCH … EXEC, the order in PostgreSQL, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the order is written."
      expect violated at every level {
    redis> WATCH stock;
    let stock = redis> GET stock;
    if stock.value::int < quantity { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> DECRBY stock {quantity};
    redis> EXEC;
    INSERT INTO orders VALUES (:quantity);
    respond 200;
  }

  variant multi_without_watch "GET and check, then MULTI, SET and RPUSH, EXEC"
      story "Both write 0, both order."
      expect violated at every level {
    let stock = redis> GET stock;
    if stock.value::int < quantity { respond 409; }
    redis> MULTI;
    redis> SET stock {stock.value::int - quantity};
    redis> RPUSH orders {quantity};
    redis> EXEC;
    respond 200;
  }

  variant hold_with_a_time "SET hold NX EX, the order, DECR"
      story "The hold brings back what a crash took. It also ends under a slow order, and the unit is sold twice."
      expect violated at every level {
    if quantity > 1 { respond 409; }
    let hold = redis> SET hold:1 {me} NX EX 600;
    if NOT hold.found { respond 409; }
    let stock = redis> GET stock;
    if stock.value::int < quantity { respond 409; }
    INSERT INTO orders VALUES (:quantity);
    redis> DECRBY stock {quantity};
    respond 200;
  }

  variant lock_and_delete "SET lock NX EX, GET, SET, order, DEL"
      story "The lease is over before the order is written."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let stock = redis> GET stock;
    if stock.value::int >= quantity {
      redis> SET stock {stock.value::int - quantity};
      INSERT INTO orders VALUES (:quantity);
    }
    redis> DEL lock;
    if stock.value::int < quantity { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the owner deletes the lock"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    let lock = redis> SET lock {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let stock = redis> GET stock;
    if stock.value::int >= quantity {
      redis> SET stock {stock.value::int - quantity};
      INSERT INTO orders VALUES (:quantity);
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    if stock.value::int < quantity { respond 409; }
    respond 200;
  }

  variant hsetnx "HSETNX says whose the unit is, then the order, then DECR"
      story "One unit, one owner. A crash before the order, and it is sold to nobody."
      expect holds at every level, violated at every level with crash {
    if quantity > 1 { respond 409; }
    let mine = redis> HSETNX sold 1 {me};
    if mine.value = 0 { respond 409; }
    INSERT INTO orders VALUES (:quantity);
    redis> DECR stock;
    respond 200;
  }
}

run buy(2), buy(1) * 2

always  "no more is ordered than there was" {
  SELECT (SELECT coalesce(sum(quantity), 0) FROM orders) + (SELECT coalesce(sum(value::int), 0) FROM redis WHERE key = 'orders') <= 1
}
finally "every unit sold has left the stock" {
  SELECT (SELECT value::int FROM redis WHERE key = 'stock')
       + (SELECT coalesce(sum(quantity), 0) FROM orders) + (SELECT coalesce(sum(value::int), 0) FROM redis WHERE key = 'orders') = 1
}
finally "no unit is sold to nobody" {
  SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key = 'sold') OR EXISTS (SELECT 1 FROM orders)
}
finally "the honest order is served, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', '423', 'crashed'))
}
