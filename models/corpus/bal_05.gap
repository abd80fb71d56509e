-- BAL-05: Spree: one gift card pays for two orders, with more than it is worth
-- Source: github.com/spree/spree/pull/13734, core/app/services/spree/gift_cards/apply.rb@018f3b27; follow-up pull/14577
-- Store: PostgreSQL or MySQL with Rails' default level; here PostgreSQL at read committed
-- Invariant: SUM(payments of the card) <= amount of the card
-- Shipped fix: a lock on the card's row, and what is left is computed under it -> complete (from the PR's text; it shows no diff)
-- Note: what #14577 says of the later rewrite (a loser sees "no amount left") is about honest refusals and not modelled.

scenario bal_05 "A gift card of 100, and two orders of 60"

database shop postgres {
  CREATE TABLE gift_cards (id int PRIMARY KEY, amount int NOT NULL, amount_used int NOT NULL);
  CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL, gift_card int);
  CREATE TABLE payments (order_id int NOT NULL, gift_card int NOT NULL, amount int NOT NULL);
  INSERT INTO gift_cards VALUES (1, 100, 0);
  INSERT INTO orders VALUES (1, 60, NULL), (2, 60, NULL);
}

request apply_card(id, total) {

  variant buggy "what is left is read before the transaction"
      story "Both orders see 100 left: 120 are paid by a card of 100."
      expect violated {
    let card = SELECT amount_used, amount - amount_used AS remaining FROM gift_cards WHERE id = 1;
    let part = least(card.remaining, total);
    transaction {
      UPDATE gift_cards SET amount_used = :card.amount_used + :part WHERE id = 1;
      UPDATE orders SET gift_card = 1 WHERE id = :id;
      INSERT INTO payments VALUES (:id, 1, :part);
    }
  }

  variant shipped "the card's row is locked, and read under the lock" expect holds {
    transaction {
      let card = SELECT amount_used, amount - amount_used AS remaining FROM gift_cards WHERE id = 1 FOR UPDATE;
      let part = least(card.remaining, total);
      UPDATE gift_cards SET amount_used = :card.amount_used + :part WHERE id = 1;
      UPDATE orders SET gift_card = 1 WHERE id = :id;
      INSERT INTO payments VALUES (:id, 1, :part);
    }
  }

  variant reference "a guarded update takes it off the card" expect holds {
    let card = SELECT amount - amount_used AS remaining FROM gift_cards WHERE id = 1;
    let part = least(card.remaining, total);
    transaction {
      let taken = UPDATE gift_cards SET amount_used = amount_used + :part WHERE id = 1 AND amount - amount_used >= :part;
      if taken.count = 0 { rollback; respond 409; }
      UPDATE orders SET gift_card = 1 WHERE id = :id;
      INSERT INTO payments VALUES (:id, 1, :part);
    }
  }
}

run apply_card(1, 60), apply_card(2, 60)

always "a card pays at most its amount" { SELECT coalesce(sum(amount), 0) <= 100 FROM payments }
always "what it has paid is taken off it" {
  SELECT amount_used = (SELECT coalesce(sum(p.amount), 0) FROM payments p) FROM gift_cards
}
