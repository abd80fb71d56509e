-- What one process knows, another does not. The shop runs in two processes; a mutex, a Map of handled events and a cached
-- balance are there twice. (Unicon #56: Stripe's events deduplicated in an in-memory Map on serverless.)
--
-- All of it holds in one process: that is how it was tested. `sleep` makes a race rarer, and orders nothing.
scenario in_process "Two webhooks of one event in two processes"

database shop postgres {
  CREATE TABLE users (id int PRIMARY KEY, credits int NOT NULL);
  CREATE TABLE applied (event text PRIMARY KEY);
  INSERT INTO users VALUES (1, 0);
}
memory handled per process { CREATE TABLE events (event text PRIMARY KEY); }
processes 2
lock webhook per process
lock server_lock

faults none;
faults crash <= 1;

request credit(event) {

  variant naive "look for the event, add the credits, remember the event"
      story "Both find no event."
      expect violated at every level {
    let known = SELECT event FROM applied WHERE event = :event;
    if known.found { respond 200; }
    UPDATE users SET credits = credits + 30 WHERE id = 1;
    INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    respond 200;
  }

  variant map_in_memory "a Map of handled events in memory"
      story "Each process has a Map of its own."
      expect violated at every level {
    let mine = handled> INSERT INTO events VALUES (:event) ON CONFLICT DO NOTHING;
    if mine.count = 0 { respond 200; }
    UPDATE users SET credits = credits + 30 WHERE id = 1;
    respond 200;
  }

  variant mutex "a mutex around looking, adding and remembering"
      story "Each process has a mutex of its own."
      expect violated at every level {
    hold webhook(event) {
      let known = SELECT event FROM applied WHERE event = :event;
      if known.found { respond 200; }
      UPDATE users SET credits = credits + 30 WHERE id = 1;
      INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    }
    respond 200;
  }

  variant sleep_and_look "the second process waits a little, then looks"
      story "OpenCollective #4641: the cron waits thirty minutes; the webhook came after thirty-one."
      expect violated at every level {
    if process = 2 { sleep 1800; }
    let known = SELECT event FROM applied WHERE event = :event;
    if known.found { respond 200; }
    UPDATE users SET credits = credits + 30 WHERE id = 1;
    INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    respond 200;
  }

  variant lock_server "a lock that all processes share"
      story "One at a time, in all processes. A crash between credits and event, and the next delivery adds them again."
      expect holds at every level, violated at every level with crash {
    hold server_lock(event) {
      let known = SELECT event FROM applied WHERE event = :event;
      if known.found { respond 200; }
      UPDATE users SET credits = credits + 30 WHERE id = 1;
      INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    }
    respond 200;
  }

  variant lock_server_nowait "the same lock, and who does not get it answers 200"
      story "The one who has it crashes; the other has already told the provider that all is well, but the first is delivered again."
      expect holds at every level, violated at every level with crash {
    let got = acquire server_lock(event) nowait;
    if NOT got.acquired { respond 200; }
    let known = SELECT event FROM applied WHERE event = :event;
    if NOT known.found {
      UPDATE users SET credits = credits + 30 WHERE id = 1;
      INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
    }
    release server_lock(event);
    respond 200;
  }

  variant unique_key "event and credits in one transaction, with a unique key"
      story "No loss: the database is what all processes share."
      expect holds at every level {
    retry on serialization_failure {
      transaction {
        let mine = INSERT INTO applied VALUES (:event) ON CONFLICT DO NOTHING;
        if mine.count = 0 { rollback; respond 200; }
        UPDATE users SET credits = credits + 30 WHERE id = 1;
      }
    }
    respond 200;
  }
}

run deliver credit('evt_1') until 200 * 2

finally "the event is credited once" { SELECT credits = 30 FROM users WHERE id = 1 }
