-- SUB-05: lms-front: the monotonic guard of extend_subscription_period skips the whole activation
-- Source: github.com/guillermoscript/lms-front/pull/628 (review)
-- Store: PostgreSQL
-- Invariant: an activation that was answered has set the status to active; no period ends before the last day that was paid for
-- Shipped fix: UPDATE … WHERE period_end IS NULL OR period_end <= new -> incomplete
-- Note: days are integers; the checkout has already written a provisional end of 31 days. `buggy` is the handler before the
--   guard, which the guard was to protect from late events; the corpus names only the guard.

scenario sub_05 "The first month has 30 days, the checkout has written 31"

database school postgres {
  CREATE TABLE subscriptions (id int PRIMARY KEY, status text NOT NULL, period_end int);
  INSERT INTO subscriptions VALUES (1, 'pending', 31);
}

request extend(id, period_end) {

  variant buggy "what the event says"
      story "The event of the first month comes after that of the second, and the second month is gone."
      expect violated {
    UPDATE subscriptions SET status = 'active', period_end = :period_end WHERE id = :id;
  }

  variant shipped "only forwards"
      story "30 is less than 31: no row is changed, and the subscription that was paid is never activated."
      expect violated {
    UPDATE subscriptions SET status = 'active', period_end = :period_end
    WHERE id = :id AND (period_end IS NULL OR period_end <= :period_end);
  }

  variant reference "the guard is for the end of the period, not for the status"
      expect holds {
    UPDATE subscriptions SET status = 'active' WHERE id = :id;
    UPDATE subscriptions SET period_end = :period_end WHERE id = :id AND (period_end IS NULL OR period_end < :period_end);
  }
}

run extend(1, 30), extend(1, 60)

always  "what was answered is active" {
  SELECT status = 'active' OR NOT EXISTS (SELECT 1 FROM responses) FROM subscriptions
}
finally "both months are there" { SELECT period_end >= 60 FROM subscriptions WHERE id = 1 }
