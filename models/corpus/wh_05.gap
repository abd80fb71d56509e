-- WH-05 Langfuse: subscription.updated(active) after subscription.deleted restores the paid plan
-- Source: github.com/langfuse/langfuse/issues/17388; the same: soleur#2190, onetimesecret#3692
-- Store: PostgreSQL and the provider
-- Invariant: in the end the plan is that of the newest event
-- Shipped fix: the plan is fetched again from Stripe, or only valid transitions are taken -> incomplete (fetched again)
-- Note: Stripe's own state is a table in `memory`: each statement on it is atomic. `stripe()` plays the customer at Stripe.

scenario wh_05 "A subscription is made and cancelled, and its events overtake each other"

database app postgres {
  CREATE TABLE orgs (id int PRIMARY KEY, plan text NOT NULL, version int NOT NULL);
  INSERT INTO orgs VALUES (1, 'free', 0);
}
memory provider {
  CREATE TABLE subscriptions (id int PRIMARY KEY, plan text NOT NULL);
  INSERT INTO subscriptions VALUES (1, 'free');
}

request stripe() {
  provider> UPDATE subscriptions SET plan = 'pro' WHERE id = 1;
  send changed('pro', 1);
  provider> UPDATE subscriptions SET plan = 'free' WHERE id = 1;
  send changed('free', 2);
}

request changed(plan, version) {

  variant buggy "the plan of the event is written"
      expect violated
      story "The cancellation comes first, and the older event restores the plan that nobody pays for." {
    UPDATE orgs SET plan = :plan WHERE id = 1;
  }

  variant shipped "the plan is fetched again"
      expect violated
      story "One fetches pro, the other free and writes it, and the first writes pro." {
    let now_ = provider> SELECT plan FROM subscriptions WHERE id = 1;
    UPDATE orgs SET plan = :now_.plan WHERE id = 1;
  }

  variant reference "only what is newer is written" expect holds {
    UPDATE orgs SET plan = :plan, version = :version WHERE id = 1 AND version < :version;
  }
}

run stripe()

finally "the plan is that of the newest event" { SELECT plan = 'free' FROM app.orgs }
