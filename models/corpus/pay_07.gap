-- PAY-07 WooCommerce Stripe: the customer cancels, and the deferred payment_intent.succeeded arrives
-- Source: github.com/woocommerce/woocommerce-gateway-stripe/pull/5703 (2026-07)
-- Store: MySQL; here PostgreSQL at READ COMMITTED
-- Invariant: what is captured is an order that is paid, or is refunded
-- Shipped fix: the webhook refunds a cancelled order, guarded by a flag and the state at Stripe -> mostly complete; incomplete here
-- Note: the corpus names the webhook that writes `paid` over `cancelled`: the item is free again. The shortest schedule is the
--   other way round: cancel reads pending, and writes `cancelled` over `paid`: the money is kept, and no webhook comes any more.
--   A crash between refund and flag is harmless, since Stripe refuses a second refund (here: the key).

scenario pay_07 "An order is cancelled while its payment succeeds"

database woo postgres {
  CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, restocked boolean NOT NULL, refunded boolean NOT NULL);
  INSERT INTO orders VALUES (7, 'pending', false, false);
}
faults none
faults crash <= 1, duplicate <= 1

request cancel(order_id) {
  variant buggy "from the status that it has read" {
    let o = SELECT status FROM orders WHERE id = :order_id;
    if o.status <> 'pending' { respond 409; }
    UPDATE orders SET status = 'cancelled', restocked = true WHERE id = :order_id;
  }
  variant shipped "from the status that it has read" {
    let o = SELECT status FROM orders WHERE id = :order_id;
    if o.status <> 'pending' { respond 409; }
    UPDATE orders SET status = 'cancelled', restocked = true WHERE id = :order_id;
  }
  variant reference "only what is pending, in one statement" {
    UPDATE orders SET status = 'cancelled', restocked = true WHERE id = :order_id AND status = 'pending';
  }
}

request payment_succeeded(order_id) {

  variant buggy "what is neither pending nor failed is skipped"
      story "The order is cancelled first: the webhook is skipped, and the money is kept."
      expect violated {
    let o = SELECT status FROM orders WHERE id = :order_id;
    if o.status NOT IN ('pending', 'failed') { respond 200; }
    UPDATE orders SET status = 'paid' WHERE id = :order_id;
  }

  variant shipped "a cancelled order is refunded, once by a flag"
      story "Both read pending, and the one overwrites the other: what is paid is cancelled and not refunded."
      expect violated {
    let o = SELECT status, refunded FROM orders WHERE id = :order_id;
    if o.status = 'cancelled' AND NOT o.refunded {
      call refund(order_id) key (order_id);
      UPDATE orders SET refunded = true WHERE id = :order_id;
    }
    if o.status NOT IN ('pending', 'failed') { respond 200; }
    UPDATE orders SET status = 'paid' WHERE id = :order_id;
  }

  variant reference "each takes the order from the state it expects, in one statement" expect holds {
    let mine = UPDATE orders SET status = 'paid' WHERE id = :order_id AND status IN ('pending', 'failed', 'paid');
    if NOT mine.found { call refund(order_id) key (order_id); }
  }
}

run cancel(7), deliver payment_succeeded(7) until 200

finally "captured is paid, or refunded" {
  SELECT count(*) = 1 FROM orders WHERE status = 'paid' AND id NOT IN (SELECT order_id FROM refund)
                                     OR status = 'cancelled' AND id IN (SELECT order_id FROM refund)
}
finally "a paid order has its item" { SELECT count(*) = 0 FROM orders WHERE status = 'paid' AND restocked }
finally "refunded once"             { SELECT count(*) <= 1 FROM refund }
