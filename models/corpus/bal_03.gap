-- BAL-03: Starbucks 2015: the same transfer of 5 from card to card is run twice at once: 15 become 20
-- Source: businessinsider.com/hackers-are-attacking-starbucks-gift-card-system-2015-5; sakurity.com (Homakov)
-- Store: an SQL database nobody named, here PostgreSQL at read committed; the web framework locks the session
-- Invariant: SUM(balance) over the cards is constant
-- Shipped fix: not published
-- Note: one_session is the same request sent twice within one session: the session's lock hides the race.

scenario bal_03 "The same transfer of 5 is sent by two browsers"

database cards postgres {
  CREATE TABLE cards (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO cards VALUES (1, 5), (2, 10);
}
lock browser

request transfer(sid) {

  variant buggy "one session lock for each browser"
      story "Both read 5 on the first card: 5 are taken once and given twice."
      expect violated {
    hold browser(sid) {
      let source = SELECT balance FROM cards WHERE id = 1;
      if source.balance < 5 { respond 400; }
      UPDATE cards SET balance = :source.balance - 5 WHERE id = 1;
      UPDATE cards SET balance = balance + 5 WHERE id = 2;
    }
  }

  variant one_session "the same session id: one after the other" expect holds {
    hold browser('the same') {
      let source = SELECT balance FROM cards WHERE id = 1;
      if source.balance < 5 { respond 400; }
      UPDATE cards SET balance = :source.balance - 5 WHERE id = 1;
      UPDATE cards SET balance = balance + 5 WHERE id = 2;
    }
  }

  variant reference "the card is the lock" expect holds {
    transaction {
      let source = SELECT balance FROM cards WHERE id = 1 FOR UPDATE;
      if source.balance < 5 { rollback; respond 400; }
      UPDATE cards SET balance = :source.balance - 5 WHERE id = 1;
      UPDATE cards SET balance = balance + 5 WHERE id = 2;
    }
  }
}

run transfer('one'), transfer('two')

always  "no card is below zero" { SELECT min(balance) >= 0 FROM cards }
finally "the sum is constant"   { SELECT sum(balance) = 15 FROM cards }
