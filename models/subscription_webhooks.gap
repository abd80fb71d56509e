-- The provider tells of a subscription in messages, which come late, twice, and in another order than they were sent.
-- Event 1 says active, event 2 says cancelled. (Langfuse #17388: updated after deleted restores the paid plan.)
--
-- Seen only by `the plan is that of the newest event`, while each event is applied once: dedup_only.
scenario subscription_webhooks "Two webhooks come in either order, and twice"

database shop postgres {
  CREATE TABLE plans (id int PRIMARY KEY, status text NOT NULL, version int NOT NULL);
  CREATE TABLE events (number int PRIMARY KEY);
  CREATE TABLE provider (id int PRIMARY KEY, status text NOT NULL);   -- what the provider says when it is asked
  INSERT INTO provider VALUES (1, 'active');
  INSERT INTO plans VALUES (1, 'trial', 0);
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request webhook(number, status) {

  variant last_write_wins "write what the event says"
      story "The older event comes last: the cancelled customer has the paid plan."
      expect violated at every level {
    UPDATE plans SET status = :status WHERE id = 1;
    respond 200;
  }

  variant dedup_only "each event once"
      story "Each event is applied once, in the order of its arrival."
      expect violated at every level {
    transaction {
      let mine = INSERT INTO events VALUES (:number) ON CONFLICT DO NOTHING;
      if mine.count = 0 { rollback; respond 200; }
      UPDATE plans SET status = :status WHERE id = 1;
    }
    respond 200;
  }

  variant dedup_before_the_work "the event is marked as done, then done"
      story "A crash between the two: the provider sends it again, and it is taken for done."
      expect holds at every level, violated at every level with crash {
    let mine = INSERT INTO events VALUES (:number) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 200; }
    UPDATE plans SET status = :status, version = :number WHERE id = 1 AND version < :number;
    respond 200;
  }

  variant fetch_then_write "ask the provider what is true now, and write that"
      story "Two handlers ask, one before and one after the cancellation; the one that asked first writes last."
      expect violated at every level {
    UPDATE provider SET status = :status WHERE id = 1 AND :number = 2;   -- the event is sent when it happens
    let current = SELECT status FROM provider WHERE id = 1;
    UPDATE plans SET status = :current.status WHERE id = 1;
    respond 200;
  }

  variant newest_wins "write only what is newer than what is there"
      story "No loss: redelivered, repeated or out of order, an older event changes nothing."
      expect holds at every level {
    UPDATE plans SET status = :status, version = :number WHERE id = 1 AND version < :number;
    respond 200;
  }

  variant read_then_compare "read the version, compare, write"
      story "Both read version 0, and the older one writes last."
      expect violated at every level {
    let plan = SELECT version FROM plans WHERE id = 1;
    if plan.version >= number { respond 200; }
    UPDATE plans SET status = :status, version = :number WHERE id = 1;
    respond 200;
  }
}

run deliver webhook(1, 'active') until 200, deliver webhook(2, 'cancelled') until 200

finally "the plan is that of the newest event" { SELECT status = 'cancelled' FROM plans WHERE id = 1 }
