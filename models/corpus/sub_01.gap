-- SUB-01: Gitpod: click Upgrade twice, two plans
-- Source: github.com/gitpod-io/gitpod/issues/734
-- Store: MySQL and Chargebee; here PostgreSQL at read committed
-- Invariant: at most one active paid plan per user, in the database and with Chargebee
-- Shipped fix: not read by the corpus -> no variant `shipped`

scenario sub_01 "Upgrade is clicked twice"

database app postgres {
  CREATE TABLE subscriptions (id serial PRIMARY KEY, user_id int NOT NULL, state text NOT NULL);
}

request upgrade(user_id) {

  variant buggy "look for a plan, subscribe, store it"
      story "Both clicks see no plan, and the user pays for two of them every month."
      expect violated {
    let plan = SELECT count(*) AS n FROM subscriptions WHERE user_id = :user_id AND state = 'active';
    if plan.n > 0 { respond 409; }
    call subscribe(user_id);
    INSERT INTO subscriptions (user_id, state) VALUES (:user_id, 'active');
  }

  variant reference "the user's one plan is committed before Chargebee is asked"
      schema { CREATE UNIQUE INDEX ON subscriptions (user_id) WHERE state <> 'ended'; }
      expect holds {
    let mine = INSERT INTO subscriptions (user_id, state) VALUES (:user_id, 'pending') ON CONFLICT DO NOTHING RETURNING id;
    if NOT mine.found { respond 409; }
    call subscribe(user_id);
    UPDATE subscriptions SET state = 'active' WHERE id = :mine.id;
  }
}

run upgrade(1) * 2

always  "one plan with Chargebee"  { SELECT count(*) <= 1 FROM subscribe }
always  "one plan in the database" { SELECT count(*) <= 1 FROM subscriptions WHERE state = 'active' }
finally "who has asked has a plan" { SELECT count(*) = 1 FROM subscriptions WHERE state = 'active' }
finally "the other is told so"     { SELECT count(*) = 0 FROM responses WHERE status NOT IN ('200', '409') }
