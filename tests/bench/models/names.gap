-- Requests that differ by nothing but a name: the number of their own order, or who they are (./dev bench cases).
scenario names "what is only a name"

database shop postgres {
  CREATE TABLE orders (id serial PRIMARY KEY, status text NOT NULL);
  CREATE TABLE stock (id int PRIMARY KEY, left_over int NOT NULL, claimed_by int);
  INSERT INTO stock VALUES (1, 3, NULL);
}

database redis redis { }

request buy() {
  variant own_naive expect violated {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    let s = SELECT left_over FROM stock WHERE id = 1;
    if s.left_over < 1 { UPDATE orders SET status = 'refused' WHERE id = :o.id; respond 409; }
    UPDATE stock SET left_over = :s.left_over - 1 WHERE id = 1;
    UPDATE orders SET status = 'paid' WHERE id = :o.id;
    respond 200;
  }

  variant own_conditional expect holds {
    let o = INSERT INTO orders (status) VALUES ('new') RETURNING id;
    let done = UPDATE stock SET left_over = left_over - 1 WHERE id = 1 AND left_over >= 1;
    if done.count = 0 { UPDATE orders SET status = 'refused' WHERE id = :o.id; respond 409; }
    UPDATE orders SET status = 'paid' WHERE id = :o.id;
    respond 200;
  }

  variant claim expect holds {
    let s = SELECT claimed_by FROM stock WHERE id = 1;
    if s.claimed_by IS NOT NULL { respond 409; }
    let done = UPDATE stock SET claimed_by = :me WHERE id = 1 AND claimed_by IS NULL;
    if done.count = 0 { respond 409; }
    INSERT INTO orders (status) VALUES ('paid');
    respond 200;
  }

  variant token expect holds {
    let lock = redis> SET lock {me} NX;
    if NOT lock.found { respond 423; }
    let s = SELECT left_over FROM stock WHERE id = 1;
    if s.left_over >= 1 {
      UPDATE stock SET left_over = :s.left_over - 1 WHERE id = 1;
      INSERT INTO orders (status) VALUES ('paid');
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
    respond 200;
  }
}

run buy() * 4

finally "no more is sold than there is" { SELECT count(*) <= 3 FROM orders WHERE status = 'paid' }
