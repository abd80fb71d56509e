-- Resource limit: a plan allows so many, and two requests count before either of them has added one.
--
-- To make it yours: 1. in `database` your collections, documents, indexes; 2. in `naive` what your handler sends, one
-- request after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario limit "Two join a team that has one place left"

database app mongodb {
  -- Your collections; fields that no request looks at may be left out.
  db.teams.insertOne({_id: 1, members: 2});
  db.members.insertMany([{team: 1, name: "ann"}, {team: 1, name: "bob"}]);
}

request join_team(team, name) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "countDocuments, check, insertOne"
      story "Both count 2 of 3, both are let in."
      expect violated {
    let now_in = db.members.countDocuments({team});
    if now_in.n >= 3 { respond 409; }
    db.members.insertOne({team, name});
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant guarded_counter "a guarded counter in the team's document"
      story "No loss: the counter is the limit, and it is changed where it is checked."
      expect holds {
    retry up to 3 on write_conflict {
      transaction {
        let place = db.teams.updateOne({_id: team, members: {$lt: 3}}, {$inc: {members: 1}});
        if place.modifiedCount = 0 { rollback; respond 409; }
        db.members.insertOne({team, name});
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

run join_team(1, 'cleo'), join_team(1, 'dan')

always  "the team has at most 3 members" { SELECT count(*) <= 3 FROM members WHERE team = 1 }
finally "somebody joined"                { SELECT count(*) = 3 FROM members WHERE team = 1 }
