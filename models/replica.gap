-- The balance is read from a replica, which lags behind. (Midaz #2264: a balance from the replica seeds a write on the
-- primary.) Two withdrawals of 60, one after the other: nobody else is there, and still it goes wrong.
--
-- Seen only by `what was paid left the balance`: seeded_write (the balance itself looks right).
scenario replica "A withdrawal reads the balance from a replica"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  INSERT INTO users VALUES (1, 100, 0);
}
database replica postgres replica of bank { }

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant seeded_write "read on the replica, write the difference on the primary"
      story "The second one reads what was before the first: 120 are paid of 100."
      expect violated at every level {
    let user = replica> SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    bank> UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }

  variant check_on_replica "check on the replica, subtract on the primary"
      story "The subtraction is right, the check is old: the balance ends at -20."
      expect violated at every level {
    let user = replica> SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    bank> UPDATE users SET balance = balance - :amount WHERE id = 1;
    effect paid(amount);
    respond 200;
  }

  variant version_from_replica "read balance and version on the replica, write if the version is still the same"
      story "No loss: the primary decides. Who read an old version is told to come again."
      expect holds at every level {
    let user = replica> SELECT balance, version FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = bank> UPDATE users SET balance = :user.balance - :amount, version = version + 1 WHERE id = 1 AND version = :user.version;
    if done.count = 0 { respond 409; }
    effect paid(amount);
    respond 200;
  }

  variant retry_on_replica "the same, and it reads the replica again at once"
      story "The replica is as old as before: with a lag longer than the attempts, the customer is refused."
      expect holds at every level {
    retry up to 2 {
      let user = replica> SELECT balance, version FROM users WHERE id = 1;
      if user.balance < amount { respond 400; }
      let done = bank> UPDATE users SET balance = :user.balance - :amount, version = version + 1 WHERE id = 1 AND version = :user.version;
      if done.count = 0 { again; }
      effect paid(amount);
      respond 200;
    }
    respond 409;
  }

  variant read_the_primary "read and write on the primary, guarded"
      story "No loss."
      expect holds at every level {
    let done = bank> UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 400; }
    effect paid(amount);
    respond 200;
  }
}

run session (withdraw(60), withdraw(60))

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM users }
finally "what was paid left the balance" {
  SELECT 100 - (SELECT balance FROM users WHERE id = 1) = (SELECT coalesce(sum(amount), 0) FROM paid)
}
finally "somebody is paid" {
  SELECT EXISTS (SELECT 1 FROM paid) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
