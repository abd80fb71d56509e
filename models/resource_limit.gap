-- A team may have at most five members. Four are there; two invitations are accepted at once.
scenario resource_limit "At most 5 members, and two join a team of 4"

database app postgres {
  CREATE TABLE teams (id int PRIMARY KEY, members int NOT NULL, max_members int NOT NULL);
  CREATE TABLE members (team int NOT NULL, name text NOT NULL);
  CREATE TABLE seats (team int NOT NULL, seat int NOT NULL, UNIQUE (team, seat));   -- used by `unique_constraint`
  INSERT INTO teams VALUES (1, 4, 5);
  INSERT INTO members VALUES (1, 'ann'), (1, 'bob'), (1, 'cem'), (1, 'dee');
  INSERT INTO seats VALUES (1, 1), (1, 2), (1, 3), (1, 4);
}

request accept_invitation(team) {

  variant naive "count, then insert"
      story "Both count 4, both join; the plan that is paid for five has six."
      expect violated at every level {
    let taken = SELECT count(*) AS members FROM members WHERE team = :team;
    if taken.members >= 5 { respond 409; }
    INSERT INTO members VALUES (:team, 'new');
    respond 200;
  }

  variant count_in_insert "INSERT … SELECT … WHERE (SELECT count(*) …) < 5"
      story "One statement counts and inserts, but another's uncommitted row is in nobody's count."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let done = INSERT INTO members SELECT :team, 'new'
                 WHERE (SELECT count(*) FROM members WHERE team = :team) < 5;
      if done.count = 0 { rollback; respond 409; }
    }
    respond 200;
  }

  variant lock_children "SELECT the members FOR UPDATE, and count them"
      story "All four rows that are there are locked; the fifth and the sixth are not there yet."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let taken = SELECT name FROM members WHERE team = :team FOR UPDATE;
      if taken.count >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
    }
    respond 200;
  }

  variant lock_and_count_in_one "SELECT (SELECT count(*) …) FROM teams … FOR UPDATE"
      story "Lock and count in one statement: the count is that of before the wait."
      expect violated at "read committed", "repeatable read", holds at "serializable" {
    transaction {
      let parent = SELECT (SELECT count(*) FROM members WHERE team = :team) AS members
                   FROM teams WHERE id = :team FOR UPDATE;
      if parent.members >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
    }
    respond 200;
  }

  variant unread_row_count "a guarded counter whose row count nobody reads"
      story "The counter stops at 5, and nobody asks whether it moved."
      expect violated at every level {
    let plan = SELECT members, max_members FROM teams WHERE id = :team;
    if plan.members >= plan.max_members { respond 409; }
    UPDATE teams SET members = members + 1 WHERE id = :team AND members < max_members;
    INSERT INTO members VALUES (:team, 'new');
    respond 200;
  }

  variant lock_parent "SELECT the team FOR UPDATE, then count"
      story "No loss: the lock is a statement of its own, so the count after it is fresh."
      expect holds at "read committed", "serializable", violated at "repeatable read" {
    transaction {
      SELECT id FROM teams WHERE id = :team FOR UPDATE;
      let taken = SELECT count(*) AS members FROM members WHERE team = :team;
      if taken.members >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
    }
    respond 200;
  }

  variant conditional_update "a guarded counter, and its row count decides"
      story "No loss: the counter is the limit."
      expect holds at every level {
    transaction {
      let done = UPDATE teams SET members = members + 1 WHERE id = :team AND members < max_members;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'new');
    }
    respond 200;
  }

  variant unique_constraint "take the next numbered seat; UNIQUE as a safety net"
      story "No loss: seats are numbered, and no seat can be taken twice."
      expect holds at every level {
    let taken = SELECT count(*) AS seats FROM seats WHERE team = :team;
    if taken.seats >= 5 { respond 409; }
    try {
      INSERT INTO seats VALUES (:team, :taken.seats + 1);
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }
}

run accept_invitation(1) * 2

always  "the team has at most 5 members" {
  SELECT (SELECT count(*) FROM members WHERE team = 1) <= 5 AND (SELECT count(*) FROM seats WHERE team = 1) <= 5
}
finally "somebody joined" { SELECT count(*) > 0 FROM responses WHERE status = '200' }
