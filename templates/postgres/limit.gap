-- Resource limit: a plan allows so many, and two requests count before either of them has added one.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario limit "Two join a team that has one place left"

database app postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE teams (id int PRIMARY KEY, members int NOT NULL);
  CREATE TABLE members (team int NOT NULL, name text NOT NULL);
  INSERT INTO teams VALUES (1, 2);
  INSERT INTO members VALUES (1, 'ann'), (1, 'bob');
}

request join_team(team, name) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "count, check, insert"
      story "Both count 2 of 3, both are let in."
      expect violated {
    let now_in = SELECT count(*) AS n FROM members WHERE team = :team;
    if now_in.n >= 3 { respond 409; }
    INSERT INTO members VALUES (:team, :name);
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant conditional_update "a guarded counter in the team's row"
      story "No loss: rows that are not there cannot be locked, the team's row can, and its counter is the limit."
      expect holds {
    transaction {
      let place = UPDATE teams SET members = members + 1 WHERE id = :team AND members < 3;
      if place.count = 0 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, :name);
    }
    respond 200;
  }
}

run join_team(1, 'cleo'), join_team(1, 'dan')

always  "the team has at most 3 members" { SELECT count(*) <= 3 FROM members WHERE team = 1 }
finally "somebody joined"                { SELECT count(*) = 3 FROM members WHERE team = 1 }
