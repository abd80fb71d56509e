-- SUB-07: CONTROL treg: signup credit once per verified user
-- Source: github.com/superdesigndev/treg/pull/447
-- Store: SQL; here PostgreSQL at read committed
-- Invariant: at most one grant per user, and a user is no longer eligible exactly if it was granted
-- Shipped fix: the PR, which is `reference` -> complete
-- Note: `rollout` is the residual: the old version, which grants once per team, still runs beside the new one.

scenario sub_07 "A user claims the credit for signing up, twice"

database app postgres {
  CREATE TABLE users (id int PRIMARY KEY, eligible boolean NOT NULL);
  CREATE TABLE credits (team int NOT NULL, user_id int NOT NULL, amount int NOT NULL);
  INSERT INTO users VALUES (1, true);
}

request grant_(user_id, team) {

  variant buggy "look, then grant"
      story "Both see an eligible user, and both grant the credit."
      expect violated {
    transaction {
      let candidate = SELECT eligible FROM users WHERE id = :user_id;
      if NOT candidate.eligible { rollback; respond 409; }
      UPDATE users SET eligible = false WHERE id = :user_id;
      INSERT INTO credits VALUES (:team, :user_id, 10);
    }
  }

  variant reference "who takes the eligibility grants, in one transaction"
      expect holds {
    transaction {
      let taken = UPDATE users SET eligible = false WHERE id = :user_id AND eligible;
      if taken.count = 0 { rollback; respond 409; }
      INSERT INTO credits VALUES (:team, :user_id, 10);
    }
  }

  variant rollout "the first actor is still the old version: once per team"
      story "The old version grants for the first team, the new one for the second."
      expect violated {
    transaction {
      if me = 1 {
        let given = SELECT count(*) AS n FROM credits WHERE team = :team;
        if given.n > 0 { rollback; respond 409; }
      } else {
        let taken = UPDATE users SET eligible = false WHERE id = :user_id AND eligible;
        if taken.count = 0 { rollback; respond 409; }
      }
      INSERT INTO credits VALUES (:team, :user_id, 10);
    }
  }
}

run grant_(1, 1), grant_(1, 2)

always  "one grant per user" { SELECT count(*) <= 1 FROM credits WHERE user_id = 1 }
always  "not eligible only if granted" {
  SELECT eligible OR EXISTS (SELECT 1 FROM credits WHERE user_id = 1) FROM users WHERE id = 1
}
finally "whoever is granted is not eligible" { SELECT NOT eligible FROM users WHERE id = 1 }
