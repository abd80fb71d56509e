-- PO-09: OpenMeter ledger: the accrued account is missing from the advisory locks; a stale snapshot is stored after a grant
-- Source: github.com/openmeterio/openmeter/pull/4476 (merged), pull/4999 (open 2026-08)
-- Store: PostgreSQL at read committed, pg_advisory_xact_lock
-- Invariant: no posting is decided on a balance that misses another; a snapshot is the sum up to its time
-- Shipped fix: 4476 locks the accrued account as well; 4999 checks the version under the owner's lock before a snapshot is
--   stored -> complete for the routes they name, `reference` is both; `shipped` is 4476 alone, which is incomplete
-- Note: the advisory lock is right at read committed only: above it, the statement that waits for it has fixed the snapshot (x3).
--   `buggy` shows the first loss, so it takes no snapshots; `shipped` shows the second. 0 is the accrued account.

scenario po_09 "Two postings, a snapshot and a late grant"

database ledger postgres {
  CREATE TABLE entries (account int NOT NULL, amount int NOT NULL);
  CREATE TABLE owners (id int PRIMARY KEY, version int NOT NULL);
  CREATE TABLE grants (at int NOT NULL, amount int NOT NULL);
  CREATE TABLE snapshots (at int NOT NULL, balance int NOT NULL);
  INSERT INTO entries VALUES (0, 100);
  INSERT INTO owners VALUES (1, 0);
}

request settle(account) {
  variant buggy "locks its own account only"
      story "Two postings to different accounts settle the same accrued 100."
      expect violated {
    transaction {
      SELECT pg_advisory_xact_lock(:account);
      let accrued = SELECT sum(amount) AS n FROM entries WHERE account = 0;
      if accrued.n < 100 { rollback; respond 409; }
      INSERT INTO entries VALUES (0, -100), (:account, 100);
    }
  }
  variant shipped, reference at "read committed" {
    transaction {
      SELECT pg_advisory_xact_lock(0);
      let accrued = SELECT sum(amount) AS n FROM entries WHERE account = 0;
      if accrued.n < 100 { rollback; respond 409; }
      INSERT INTO entries VALUES (0, -100), (:account, 100);
    }
  }
}

request snapshot() {
  variant buggy { }
  variant shipped "4476: the accrued account is locked, too"
      story "The balance is computed, the grant deletes later snapshots, and then the old one is stored."
      expect violated {
    let total = SELECT coalesce(sum(amount), 0) AS balance FROM grants WHERE at <= 10;
    INSERT INTO snapshots VALUES (10, :total.balance);
  }
  variant reference "4476 and 4999" at "read committed" expect holds {
    let seen = SELECT version FROM owners WHERE id = 1;
    let total = SELECT coalesce(sum(amount), 0) AS balance FROM grants WHERE at <= 10;
    transaction {
      let now_ = SELECT version FROM owners WHERE id = 1 FOR UPDATE;
      if now_.version <> seen.version { rollback; respond 409; }
      INSERT INTO snapshots VALUES (10, :total.balance);
    }
  }
}

request grant_(amount) at "read committed" {
  transaction {
    UPDATE owners SET version = version + 1 WHERE id = 1;
    INSERT INTO grants VALUES (5, :amount);
    DELETE FROM snapshots;                                               -- all are later: their time is 10
  }
}

run settle(1), settle(2), snapshot(), grant_(20)

always "the accrued 100 are settled once" { SELECT sum(amount) >= 0 FROM entries WHERE account = 0 }
always "a snapshot is the sum up to its time" {
  SELECT count(*) = 0 FROM snapshots s WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM grants g WHERE g.at <= s.at)
}
