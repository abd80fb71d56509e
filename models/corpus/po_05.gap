-- PO-05: EcoTask: a payout is lost (commit, then enqueue), or made twice (rewardedAt is looked at, and set afterwards)
-- Source: github.com/ecotask-network/EcoTask-backend/issues/47
-- Store: PostgreSQL at read committed, a queue in Redis, Stellar
-- Invariant: an approved task is paid exactly once in the end
-- Shipped fix: none yet; asked for: an outbox, and a claim before the payment -> no verdict. `asked` shows that a crash between
--   claim and payment leaves a task unpaid for ever
-- Note: the queue is `send`: delivered until it is answered, twice with `duplicate`. In `asked` and `reference` a job takes its place.

scenario po_05 "A task is approved, and its reward is due"

database app postgres {
  CREATE TABLE tasks (id int PRIMARY KEY, status text NOT NULL, rewarded boolean NOT NULL);
  CREATE TABLE outbox (task_id int);
  INSERT INTO tasks VALUES (7, 'NEW', false);
}
faults none
faults crash <= 1
faults duplicate <= 1

request verify(id) {

  variant buggy "commit, then enqueue"
      story "A crash before the enqueue: never paid. A job delivered twice, or again after a crash: paid twice."
      expect violated with crash, violated with duplicate, holds without faults {
    UPDATE tasks SET status = 'APPROVED' WHERE id = :id;
    send reward(id);
  }

  variant asked, reference {
    transaction {
      UPDATE tasks SET status = 'APPROVED' WHERE id = :id;
      INSERT INTO outbox VALUES (:id);
    }
  }
}

request reward(id) {                                                     -- the worker of the queue
  let task = SELECT rewarded FROM tasks WHERE id = :id;
  if task.rewarded { respond 204; }
  call pay(id);
  UPDATE tasks SET rewarded = true WHERE id = :id;
}

request relay() {
  variant buggy { }
  variant asked "outbox and claim"
      story "The worker crashes between the claim and the payment, and the task is never paid."
      expect violated with crash, holds {
    for due in SELECT task_id AS id FROM outbox {
      let mine = UPDATE tasks SET rewarded = true WHERE id = :due.id AND NOT rewarded;
      if mine.found { call pay(due.id); }
      DELETE FROM outbox WHERE task_id = :due.id;
    }
  }
  variant reference "outbox, and the task's number is the key of the payment" expect holds {
    for due in SELECT task_id AS id FROM outbox {
      call pay(due.id) key (due.id);
      UPDATE tasks SET rewarded = true WHERE id = :due.id;
      DELETE FROM outbox WHERE task_id = :due.id;
    }
  }
}

run verify(7), job relay() * 2

always  "paid at most once" { SELECT count(*) <= 1 FROM pay }
finally "what is approved is paid" {
  SELECT count(*) = 0 FROM tasks WHERE status = 'APPROVED' AND id NOT IN (SELECT id FROM pay)
}
