-- RES-09 LibreBooking: the recommended workaround was sleep(rand(3, 6))
-- Source: github.com/LibreBooking/librebooking/issues/147
-- Store: MySQL; here PostgreSQL at READ COMMITTED
-- Invariant: no two reservations of a resource overlap
-- Shipped fix: a random sleep, reverted later -> not a fix

scenario res_09 "Two reserve the same room for overlapping hours"

database booking postgres {
  CREATE TABLE resources (id int PRIMARY KEY);
  CREATE TABLE reservations (owner text NOT NULL, resource_id int NOT NULL, starts int NOT NULL, ends int NOT NULL);
  INSERT INTO resources VALUES (1);
}

request reserve(owner, resource, starts, ends) {

  variant buggy "look for a conflict, then insert"
      story "Both see no conflict, and the room is reserved twice."
      expect violated {
    let conflict = SELECT owner FROM reservations WHERE resource_id = :resource AND starts < :ends AND ends > :starts;
    if conflict.found { respond 409; }
    INSERT INTO reservations VALUES (:owner, :resource, :starts, :ends);
  }

  variant shipped "three to six seconds of waiting, at random, before the look"
      story "Waiting orders nothing: both may wake at the same time."
      expect violated {
    sleep 3;
    let conflict = SELECT owner FROM reservations WHERE resource_id = :resource AND starts < :ends AND ends > :starts;
    if conflict.found { respond 409; }
    INSERT INTO reservations VALUES (:owner, :resource, :starts, :ends);
  }

  variant reference "the resource's row is locked first"
      expect holds at "read committed", violated at "repeatable read", holds at "serializable" {
    transaction {
      SELECT id FROM resources WHERE id = :resource FOR UPDATE;
      let conflict = SELECT owner FROM reservations
                     WHERE resource_id = :resource AND starts < :ends AND ends > :starts;
      if conflict.found { rollback; respond 409; }
      INSERT INTO reservations VALUES (:owner, :resource, :starts, :ends);
    }
  }
}

run reserve('Ann', 1, 9, 11), reserve('Bob', 1, 10, 12)

always "no two reservations of a resource overlap" {
  SELECT count(*) = 0 FROM reservations a JOIN reservations b ON a.resource_id = b.resource_id AND a.owner < b.owner
  WHERE a.starts < b.ends AND a.ends > b.starts
}
