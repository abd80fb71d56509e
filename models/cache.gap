-- A balance that is kept in PostgreSQL and cached in Redis: aside (a reader fills it, a writer deletes
-- or replaces it). A cache in front of the database is in write_back.gap.
--
-- Seen only by the relation between the two stores: delete_before_write, delete_after_write and set_after_write (`the
-- cache is not wrong for ever`).
scenario cache "A balance in PostgreSQL, and its cache in Redis"

database bank postgres {
  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);
  INSERT INTO users VALUES (1, 100, 1);
}
database redis redis { }

faults none;
faults crash <= 1;

request pay(amount) {

  variant set_after_write "UPDATE, then SET the new value in the cache"
      story "A reader has read the old balance before, and fills the cache after the writer's SET."
      expect violated at every level {
    let user = UPDATE users SET balance = balance - :amount, version = version + 1 WHERE id = 1 RETURNING balance;
    redis> SET balance {user.balance};
    respond 200;
  }

  variant delete_before_write "DEL the cache, then UPDATE"
      story "A reader comes between the two and fills the cache with what was before."
      expect violated at every level {
    redis> DEL balance;
    UPDATE users SET balance = balance - :amount, version = version + 1 WHERE id = 1;
    respond 200;
  }

  variant delete_after_write "UPDATE, then DEL the cache"
      story "A reader has read the old balance before, and fills the cache after: rare, and wrong for ever."
      expect violated at every level {
    UPDATE users SET balance = balance - :amount, version = version + 1 WHERE id = 1;
    redis> DEL balance;
    respond 200;
  }

  variant delete_and_time_to_live "the same, and what readers fill in lives for a minute"
      story "Wrong for a minute at most. Here that is good enough, since no money is spent on what the cache says."
      expect holds at every level {
    UPDATE users SET balance = balance - :amount, version = version + 1 WHERE id = 1;
    redis> DEL balance;
    respond 200;
  }

  variant version_in_cache "writers and readers keep the newer version, by script"
      story "No older balance replaces a newer one. After a crash between UPDATE and script it is old until the next write."
      expect holds at every level, violated at every level with crash {
    let user = UPDATE users SET balance = balance - :amount, version = version + 1 WHERE id = 1 RETURNING balance, version;
    redis> EVAL "local v = redis.call('hget', KEYS[1], 'version') if not v or tonumber(v) < tonumber(ARGV[1]) then redis.call('hset', KEYS[1], 'version', ARGV[1], 'balance', ARGV[2]) end return 1" 1 cached {user.version} {user.balance};
    respond 200;
  }
}

request show() {

  variant set_after_write {
    let cached = redis> GET balance;
    if cached.found { respond 200; }
    let user = SELECT balance FROM users WHERE id = 1;
    redis> SET balance {user.balance};
    respond 200;
  }
  variant delete_before_write {
    let cached = redis> GET balance;
    if cached.found { respond 200; }
    let user = SELECT balance FROM users WHERE id = 1;
    redis> SET balance {user.balance};
    respond 200;
  }
  variant delete_after_write {
    let cached = redis> GET balance;
    if cached.found { respond 200; }
    let user = SELECT balance FROM users WHERE id = 1;
    redis> SET balance {user.balance};
    respond 200;
  }
  variant delete_and_time_to_live {
    let cached = redis> GET balance;
    if cached.found { respond 200; }
    let user = SELECT balance FROM users WHERE id = 1;
    redis> SET balance {user.balance} EX 60;
    respond 200;
  }
  variant version_in_cache {
    let cached = redis> HGET cached balance;
    if cached.found { respond 200; }
    let user = SELECT balance, version FROM users WHERE id = 1;
    redis> EVAL "local v = redis.call('hget', KEYS[1], 'version') if not v or tonumber(v) < tonumber(ARGV[1]) then redis.call('hset', KEYS[1], 'version', ARGV[1], 'balance', ARGV[2]) end return 1" 1 cached {user.version} {user.balance};
    respond 200;
  }
}

run pay(30), show()

finally "the cache is not wrong for ever" {
  SELECT NOT EXISTS (SELECT 1 FROM redis r WHERE (r.key = 'balance' OR r.key = 'cached' AND r.field = 'balance')
                     AND r.value::int <> (SELECT balance FROM users WHERE id = 1))
}
finally "the payment is booked" {
  SELECT (SELECT balance FROM users WHERE id = 1) = 70 OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
