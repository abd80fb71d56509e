-- LCK-01: Mastodon: the Redis "lock" is a lease of 10 s around slow work
-- Source: github.com/mastodon/mastodon/issues/15645 (project-concerto)
-- Store: Redis and PostgreSQL at read committed
-- Invariant: no update is lost
-- Shipped fix: none known -> no variant `shipped`
-- Note: `buggy` already deletes only its own lock, by compare-and-delete: that does not help. In `reference` the write guards
--   itself; a lock beside it would only save work.

scenario lck_01 "Two workers fetch the same account, and the fetch may take longer than 10 s"

database app postgres {
  CREATE TABLE accounts (id int PRIMARY KEY, posts int NOT NULL);
  INSERT INTO accounts VALUES (1, 0);
}
database redis redis { }

request process(id) {

  variant buggy "SET NX EX 10, read, fetch, write, compare-and-delete"
      story "The lease is over during the fetch; another worker reads and writes, and the first writes over it."
      expect violated {
    let lock = redis> SET lock:{id} {me} NX EX 10;
    if NOT lock.found { respond 423; }
    let account = SELECT posts FROM accounts WHERE id = :id;
    call fetch(id);
    UPDATE accounts SET posts = :account.posts + 1 WHERE id = :id;
    redis> EVAL "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end" 1 lock:{id} {me};
  }

  variant reference "what was read is part of the write"
      expect holds {
    let account = SELECT posts FROM accounts WHERE id = :id;
    call fetch(id);
    let done = UPDATE accounts SET posts = :account.posts + 1 WHERE id = :id AND posts = :account.posts;
    if done.count = 0 { respond 409; }
  }
}

run process(1) * 2

finally "no update is lost" {
  SELECT posts = (SELECT count(*) FROM responses WHERE status = 200) FROM accounts WHERE id = 1
}
