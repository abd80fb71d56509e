-- RES-01 Cal.com double booking: the proposed fix locks rows that do not exist
-- Source: github.com/calcom/cal.diy/issues/13397; pull/28151 (open 2026-02)
-- Store: PostgreSQL, READ COMMITTED (Prisma)
-- Invariant: no two accepted bookings of a host overlap
-- Shipped fix: #28151, SELECT … FOR UPDATE of the overlapping bookings before the INSERT -> incomplete
-- Note: EXCLUDE USING gist, another right fix, is not in the language; the reference locks the host's row.

scenario res_01 "Two clients book overlapping hours of one host"

database cal postgres {
  CREATE TABLE hosts (id int PRIMARY KEY);
  CREATE TABLE bookings (guest text NOT NULL, host_id int NOT NULL, starts int NOT NULL, ends int NOT NULL, status text NOT NULL);
  INSERT INTO hosts VALUES (1);
}

request book(guest, host, starts, ends) {

  variant buggy "look for an overlap, then insert"
      story "Both find the hours free, and the host has two bookings at once."
      expect violated {
    let taken = SELECT guest FROM bookings
                WHERE host_id = :host AND status = 'accepted' AND starts < :ends AND ends > :starts;
    if taken.found { respond 409; }
    INSERT INTO bookings VALUES (:guest, :host, :starts, :ends, 'accepted');
  }

  variant shipped "the overlapping bookings are locked: there are none yet"
      story "FOR UPDATE finds no row and locks nothing; both insert."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let taken = SELECT guest FROM bookings
                  WHERE host_id = :host AND status = 'accepted' AND starts < :ends AND ends > :starts FOR UPDATE;
      if taken.found { rollback; respond 409; }
      INSERT INTO bookings VALUES (:guest, :host, :starts, :ends, 'accepted');
    }
  }

  variant reference "the host's row is locked first, which is there"
      expect holds at "read committed", violated at "repeatable read", holds at "serializable" {
    transaction {
      SELECT id FROM hosts WHERE id = :host FOR UPDATE;
      let taken = SELECT guest FROM bookings
                  WHERE host_id = :host AND status = 'accepted' AND starts < :ends AND ends > :starts;
      if taken.found { rollback; respond 409; }
      INSERT INTO bookings VALUES (:guest, :host, :starts, :ends, 'accepted');
    }
  }
}

run book('Ann', 1, 9, 11), book('Bob', 1, 10, 12)

always  "no two bookings of a host overlap" {
  SELECT count(*) = 0 FROM bookings a JOIN bookings b ON a.host_id = b.host_id AND a.guest < b.guest
  WHERE a.status = 'accepted' AND b.status = 'accepted' AND a.starts < b.ends AND a.ends > b.starts
}
finally "somebody gets the hours" { SELECT count(*) >= 1 FROM bookings }
