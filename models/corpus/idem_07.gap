-- IDEM-07 furthemore/APIS: the idempotency key is checked, but nothing is locked over the critical section
-- Source: github.com/furthemore/APIS/pull/193
-- Store: Django, PostgreSQL, READ COMMITTED; Square
-- Invariant: one charge
-- Shipped fix: the key is passed to Square, and the form is submitted once -> complete if Square honours the key
-- Note: one-shot submission is the browser's, and nothing that a server may rely on: two requests come here in every variant.

scenario idem_07 "A registration is paid twice with one idempotency key"

database apis postgres {
  CREATE TABLE orders (key text NOT NULL);
}

request checkout(key) {

  variant buggy "look for an order with this key, charge, store the order"
      story "Both find no order, and Square charges twice."
      expect violated {
    let known = SELECT key FROM orders WHERE key = :key;
    if known.found { respond 200; }
    call square_charge(50 AS amount);
    INSERT INTO orders VALUES (:key);
  }

  variant shipped "Square gets the key" expect holds {
    let known = SELECT key FROM orders WHERE key = :key;
    if known.found { respond 200; }
    call square_charge(50 AS amount) key (key);
    INSERT INTO orders VALUES (:key);
  }

  variant reference "the order claims the key, before the charge"
      schema { CREATE UNIQUE INDEX ON orders (key); }
      expect holds {
    let mine = INSERT INTO orders VALUES (:key) ON CONFLICT DO NOTHING;
    if NOT mine.found { respond 409; }
    call square_charge(50 AS amount);
  }
}

run checkout('k1') * 2

always  "one charge"                 { SELECT count(*) <= 1 FROM square_charge }
finally "what is charged is ordered" { SELECT count(*) >= 1 FROM orders }
finally "each is answered"           { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '409') }
