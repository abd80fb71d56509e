-- SUB-03: omi: Firestore not yet updated 4 s after the payment, and the user pays again
-- Source: github.com/BasedHardware/omi/pull/7112
-- Store: Firestore and Stripe
-- Invariant: one live subscription per user
-- Shipped fix: also ask Stripe for live subscriptions (and reuse the customer id) -> incomplete
-- Note: both stores are `memory`: each read or write of one document is atomic, there are no transactions. The lag is that
--   Firestore learns of the payment by Stripe's webhook, which may come at any later time.

scenario sub_03 "The user upgrades, sees no subscription, and upgrades again"

memory firestore {
  CREATE TABLE users (id int PRIMARY KEY, active boolean NOT NULL);
  INSERT INTO users VALUES (1, false);
}
memory stripe { CREATE TABLE sessions (id text PRIMARY KEY, user_id int NOT NULL, paid boolean NOT NULL); }

request upgrade(user_id) {

  variant buggy "ask Firestore, check out, pay"
      story "The webhook of the first payment has not come yet; the user pays a second subscription."
      expect violated {
    let account = firestore> SELECT active FROM users WHERE id = :user_id;
    if account.active { respond 409; }
    stripe> INSERT INTO sessions VALUES ('cs_' || :me, :user_id, false);
    let pay = stripe> UPDATE sessions SET paid = true WHERE id = 'cs_' || :me AND NOT paid;    -- in the browser
    if pay.found { effect subscription(user_id); send paid(user_id); }
  }

  variant shipped "ask Stripe as well"
      story "A second check-out is opened while the first is not yet paid: Stripe shows no subscription, both are paid."
      expect violated {
    let account = firestore> SELECT active FROM users WHERE id = :user_id;
    if account.active { respond 409; }
    let live = stripe> SELECT count(*) AS n FROM sessions WHERE user_id = :user_id AND paid;
    if live.n > 0 { respond 409; }
    stripe> INSERT INTO sessions VALUES ('cs_' || :me, :user_id, false);
    let pay = stripe> UPDATE sessions SET paid = true WHERE id = 'cs_' || :me AND NOT paid;
    if pay.found { effect subscription(user_id); send paid(user_id); }
  }

  variant reference "the user is the idempotency key: Stripe gives back the one session, and takes money for it once"
      expect holds {
    stripe> INSERT INTO sessions VALUES ('cs_' || :user_id, :user_id, false) ON CONFLICT DO NOTHING;
    let pay = stripe> UPDATE sessions SET paid = true WHERE id = 'cs_' || :user_id AND NOT paid;
    if pay.found { effect subscription(user_id); send paid(user_id); }
  }
}

request paid(user_id) {                                                  -- Stripe's webhook
  firestore> UPDATE users SET active = true WHERE id = :user_id;
}

run upgrade(1) * 2

always  "one live subscription"      { SELECT count(*) <= 1 FROM subscription }
finally "everybody sees a check-out" { SELECT count(*) = 0 FROM responses WHERE status = 'unique_violation' }
