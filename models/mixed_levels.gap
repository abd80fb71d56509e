-- SERIALIZABLE protects only among SERIALIZABLE transactions. One writer that was left behind breaks it, without an error.
scenario mixed_levels "A team of 4 may have 5 members: one joins, and one is imported"

database app postgres {
  CREATE TABLE teams (id int PRIMARY KEY, members int NOT NULL);
  CREATE TABLE members (team int NOT NULL, name text NOT NULL);
  INSERT INTO teams VALUES (1, 4);
  INSERT INTO members VALUES (1, 'ann'), (1, 'bob'), (1, 'cem'), (1, 'dee');
}

request join_team(team) {

  variant one_left_at_read_committed "SERIALIZABLE here, READ COMMITTED in the import"
      story "The import was written before anybody thought of levels: it counts 4 and inserts, and no check sees it."
      expect violated at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
      }
    }
    respond 200;
  }

  variant one_left_at_repeatable_read "SERIALIZABLE here, REPEATABLE READ in the import"
      story "One level below is as good as none: only SERIALIZABLE transactions are looked at."
      expect violated at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
      }
    }
    respond 200;
  }

  variant both_lock_the_team "both take the team's row lock first"
      story "The import counts after its wait; who is SERIALIZABLE counts what was there before its own."
      expect violated at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        SELECT id FROM teams WHERE id = :team FOR UPDATE;
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
      }
    }
    respond 200;
  }

  variant both_update_the_team "both count in the team's row"
      story "No loss: a guarded counter needs no level, and a row that was changed is a conflict at every one."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let done = UPDATE teams SET members = members + 1 WHERE id = :team AND members < 5;
        if done.count = 0 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
      }
    }
    respond 200;
  }

  variant all_serializable "SERIALIZABLE in both"
      story "No loss: now every writer is looked at."
      expect holds at every level {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'new');
      }
    }
    respond 200;
  }
}

request import_member(team) {

  variant one_left_at_read_committed {
    transaction at "read committed" {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'imported');
    }
    respond 200;
  }

  variant one_left_at_repeatable_read {
    transaction at "repeatable read" {
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'imported');
    }
    respond 200;
  }

  variant both_lock_the_team {
    transaction at "read committed" {
      SELECT id FROM teams WHERE id = :team FOR UPDATE;
      let taken = SELECT count(*) AS n FROM members WHERE team = :team;
      if taken.n >= 5 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'imported');
    }
    respond 200;
  }

  variant both_update_the_team {
    transaction at "read committed" {
      let done = UPDATE teams SET members = members + 1 WHERE id = :team AND members < 5;
      if done.count = 0 { rollback; respond 409; }
      INSERT INTO members VALUES (:team, 'imported');
    }
    respond 200;
  }

  variant all_serializable {
    retry up to 3 on serialization_failure {
      transaction at "serializable" {
        let taken = SELECT count(*) AS n FROM members WHERE team = :team;
        if taken.n >= 5 { rollback; respond 409; }
        INSERT INTO members VALUES (:team, 'imported');
      }
    }
    respond 200;
  }
}

run join_team(1), import_member(1)

always  "the team has at most 5 members" { SELECT count(*) <= 5 FROM members WHERE team = 1 }
finally "everybody is told 200 or 409" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409'))
}
finally "somebody joined" { SELECT EXISTS (SELECT 1 FROM responses WHERE status = '200') }
