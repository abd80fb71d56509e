-- LCK-09: Agenta metering: a lock whose EXPIRE and DEL know only the key, and a loop that reports again when bump() fails
-- Source: github.com/Agenta-AI/agenta/pull/3769
-- Store: a lock in Redis, PostgreSQL at read committed, meter events of Stripe
-- Invariant: what is reported is what was used
-- Shipped fix: the lock has an owner's token, bump() is mended -> incomplete
-- Note: that bump() fails is said by a `call` before its UPDATE. The key of `reference` names what is reported up to: enough
--   while the value stands still, as here; where it grows, the delta and its key must be stored before they are sent.

scenario lck_09 "Ten units were used, and two runs report them"

database app postgres {
  CREATE TABLE meters (id int PRIMARY KEY, value int NOT NULL, synced int NOT NULL);
  INSERT INTO meters VALUES (1, 10, 0);
}
database redis redis { }
faults none
faults crash <= 1

request report() {

  variant buggy "SET NX EX, report, bump, DEL"
      story "The event is sent, bump() fails, the loop reads the same row and sends the event again."
      expect violated {
    let lock = redis> SET lock 1 NX EX 60;
    if NOT lock.found { respond 423; }
    retry up to 2 {
      for m in SELECT id, value, value - synced AS delta FROM meters WHERE synced < value {
        call meter_event(m.id, m.delta);
        let bump = call bump(m.id) may ok, failed;
        if bump.outcome = 'failed' { again; }
        UPDATE meters SET synced = :m.value WHERE id = :m.id;
      }
    }
    redis> DEL lock;
  }

  variant shipped "the lock has an owner"
      story "The event is sent, bump() fails, the loop reads the same row and sends the event again."
      expect violated {
    let lock = redis> SET lock {me} NX EX 60;
    if NOT lock.found { respond 423; }
    retry up to 2 {
      for m in SELECT id, value, value - synced AS delta FROM meters WHERE synced < value {
        call meter_event(m.id, m.delta);
        let bump = call bump(m.id) may ok, failed;
        if bump.outcome = 'failed' { again; }
        UPDATE meters SET synced = :m.value WHERE id = :m.id;
      }
    }
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock {me};
  }

  variant reference "the event has an identifier, and Stripe counts it once"
      expect holds {
    for m in SELECT id, value, value - synced AS delta FROM meters WHERE synced < value {
      call meter_event(m.id, m.delta) key (m.id || '-' || m.value);
      let bump = call bump(m.id) may ok, failed;
      if bump.outcome = 'ok' { UPDATE meters SET synced = :m.value WHERE id = :m.id; }
    }
  }
}

run job report() * 2

always  "not more is reported than was used" { SELECT coalesce(sum(delta), 0) <= 10 FROM meter_event }
finally "and not less"                       { SELECT coalesce(sum(delta), 0) >= 10 FROM meter_event }
