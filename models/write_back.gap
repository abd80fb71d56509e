-- Usage is counted in Redis and written to PostgreSQL by a job; an administrator changes the plan and deletes the cache.
-- (Autumn #2153, #632: deleting the cache drops what it had counted.)
--
-- Seen only by the relation between the two stores, `what was used is written down`; each store by itself looks right.
scenario write_back "Usage is counted in Redis and written back later"

database bank postgres {
  CREATE TABLE usage (id int PRIMARY KEY, used int NOT NULL);
  INSERT INTO usage VALUES (1, 0);
}
database redis redis { }

faults none;
faults crash <= 1;

request track(amount) {
  redis> INCRBY used {amount};
  effect tracked(amount);
  respond 200;
}

request flush() {

  variant get_then_delete "GET, UPDATE, DEL"
      story "What is counted between GET and DEL is never written."
      expect violated at every level {
    let n = redis> GET used;
    if n.found {
      UPDATE usage SET used = used + :n.value::int WHERE id = 1;
      redis> DEL used;
    }
  }

  variant absolute_write "GET, UPDATE to that value, and the counter stays"
      story "Two flushes, and the older one writes last; with one job it is right as long as nobody deletes the cache."
      expect violated at every level {
    let n = redis> GET used;
    if n.found { UPDATE usage SET used = :n.value::int WHERE id = 1; }
  }

  variant getdel "GETDEL, then UPDATE"
      story "Each unit is taken once. A crash between the two, and what was taken is never written."
      expect holds at every level, violated at every level with crash {
    let n = redis> GETDEL used;
    if n.found { UPDATE usage SET used = used + :n.value::int WHERE id = 1; }
  }

  variant rename_then_delete "RENAME aside, UPDATE, DEL what was set aside"
      story "Nothing is lost. A crash between UPDATE and DEL, and it is written twice."
      expect holds at every level, violated at every level with crash {
    let there = redis> EXISTS flushing;
    if there.value = 0 {
      let any_ = redis> EXISTS used;
      if any_.value = 1 { redis> RENAME used flushing; }
    }
    let n = redis> GET flushing;
    if n.found {
      UPDATE usage SET used = used + :n.value::int WHERE id = 1;
      redis> DEL flushing;
    }
  }
}

request change_plan() {
  variant get_then_delete { }
  variant absolute_write {
    redis> DEL used;
  }
  variant getdel {
    let n = redis> GETDEL used;
    if n.found { UPDATE usage SET used = used + :n.value::int WHERE id = 1; }
  }
  variant rename_then_delete { }
}

run track(5) * 2, job flush(), change_plan()

finally "what was used is written down" {
  SELECT (SELECT used FROM usage WHERE id = 1) + (SELECT coalesce(sum(value::int), 0) FROM redis WHERE key IN ('used', 'flushing'))
       = (SELECT coalesce(sum(amount), 0) FROM tracked)
}
