-- A plan that is paid for two projects has one; two are made at once. The projects are documents and the plan counts them; or they are
-- an array of the plan's document; or places of which each is a document.
--
-- Seen only by `the counter counts the projects`, while the limit holds: guard_then_insert with a crash. Only by `nobody sees an
-- internal error`: transaction_without_retry. A no-op that touches (M-6): touch_without_change.
scenario resource_limit_mongodb "At most 2 projects, and two are made where there is one, in MongoDB"

database app mongodb {
  db.plans.insertOne({_id: 1, projects: 1, limit: 2, version: 0});
  db.projects.insertOne({_id: "a", plan: 1});
  db.embedded.insertOne({_id: 1, names: ["a"]});
  db.places.insertMany([{_id: 1, holder: "a"}, {_id: 2, holder: null}]);
  db.numbered.createIndex({plan: 1, number: 1}, {unique: true});
  db.numbered.insertOne({_id: "1", plan: 1, number: 1});
  db.locks.createIndex({at: 1}, {expireAfterSeconds: 10});
}

faults none;
faults crash <= 1;

request create(name) {

  variant naive "countDocuments, check, insertOne"
      story "Both count one, and there are three."
      expect violated at every level {
    let n = db.projects.countDocuments({plan: 1});
    if n.n >= 2 { respond 402; }
    db.projects.insertOne({_id: name, plan: 1});
    db.plans.updateOne({_id: 1}, {$inc: {projects: 1}});
    respond 201;
  }

  variant count_in_transaction "the same in a transaction that is retried, the counter left alone"
      story "Write skew: both count one in their snapshots, and two inserts do not conflict."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        let n = db.projects.countDocuments({plan: 1});
        if n.n >= 2 { rollback; respond 402; }
        db.projects.insertOne({_id: name, plan: 1});
      }
    }
    respond 201;
  }

  variant touch_without_change "the same, with an update of the plan that changes nothing"
      story "A no-op makes no conflict (SERVER-77616)."
      expect violated at every level {
    retry on write_conflict {
      transaction {
        db.plans.updateOne({_id: 1}, {$set: {limit: 2}});
        let n = db.projects.countDocuments({plan: 1});
        if n.n >= 2 { rollback; respond 402; }
        db.projects.insertOne({_id: name, plan: 1});
      }
    }
    respond 201;
  }

  variant touch_then_count "the same, with an update of the plan that counts"
      story "No loss: two that make a project of one plan conflict on its document."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        db.plans.findOneAndUpdate({_id: 1}, {$inc: {projects: 1}});
        let n = db.projects.countDocuments({plan: 1});
        if n.n >= 2 { rollback; respond 402; }
        db.projects.insertOne({_id: name, plan: 1});
      }
    }
    respond 201;
  }

  variant guard_then_insert "$inc guarded by {projects: {$lt: 2}}, then the project"
      story "A crash between the two: a project is paid for, counted, and not there."
      expect holds at every level, violated at every level with crash {
    let done = db.plans.updateOne({_id: 1, projects: {$lt: 2}}, {$inc: {projects: 1}});
    if done.modifiedCount = 0 { respond 402; }
    db.projects.insertOne({_id: name, plan: 1});
    respond 201;
  }

  variant guard_against_the_plan "guarded by $expr: less than the limit of the same document; counter and project in one transaction"
      story "No loss: the limit is asked where it stands, and a crash takes both back."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let done = db.plans.updateOne({_id: 1, $expr: {$lt: ["$projects", "$limit"]}}, {$inc: {projects: 1}});
        if done.modifiedCount = 0 { rollback; respond 402; }
        db.projects.insertOne({_id: name, plan: 1});
      }
    }
    respond 201;
  }

  variant push_guarded "$push guarded by the array's size: no second element yet"
      story "No loss: the projects are in the plan's document, so that the limit is asked of what it limits."
      expect holds at every level {
    let done = db.embedded.updateOne({_id: 1, "names.1": {$exists: false}}, {$push: {names: name}});
    if done.modifiedCount = 0 { respond 402; }
    respond 201;
  }

  variant push_after_check "findOne, look at the array, $push"
      story "$push is atomic, and the third element is as welcome as the second."
      expect violated at every level {
    let plan = db.embedded.findOne({_id: 1});
    if plan.names_length >= 2 { respond 402; }
    db.embedded.updateOne({_id: 1}, {$push: {names: name}});
    respond 201;
  }

  variant push_if_not_there "$push guarded by {names: {$ne: name}}"
      story "No name is there twice, and that is all that the filter says."
      expect violated at every level {
    let plan = db.embedded.findOne({_id: 1});
    if plan.names_length >= 2 { respond 402; }
    let done = db.embedded.updateOne({_id: 1, names: {$ne: name}}, {$push: {names: name}});
    if done.modifiedCount = 0 { respond 409; }
    respond 201;
  }

  variant optimistic_version "a version of the plan, and its matchedCount decides, in a transaction; and a second attempt"
      story "No loss: who finds another version counts again."
      expect holds at every level {
    retry on write_conflict {
      let plan = db.plans.findOne({_id: 1});
      if plan.projects >= 2 { respond 402; }
      transaction {
        let done = db.plans.updateOne({_id: 1, version: plan.version}, {$set: {projects: plan.projects + 1}, $inc: {version: 1}});
        if done.matchedCount = 0 { again; }
        db.projects.insertOne({_id: name, plan: 1});
      }
    }
    respond 201;
  }

  variant unread_version "the same version, and nobody reads matchedCount"
      story "The plan says no, and the project is there."
      expect violated at every level {
    let plan = db.plans.findOne({_id: 1});
    if plan.projects >= 2 { respond 402; }
    db.plans.updateOne({_id: 1, version: plan.version}, {$set: {projects: plan.projects + 1}, $inc: {version: 1}});
    db.projects.insertOne({_id: name, plan: 1});
    respond 201;
  }

  variant transaction_without_retry "read the counter, project, counter, in a transaction; write_conflict goes to the customer"
      story "The limit holds, and one customer sees an internal error."
      expect violated at every level {
    transaction {
      let plan = db.plans.findOne({_id: 1});
      if plan.projects >= 2 { rollback; respond 402; }
      db.projects.insertOne({_id: name, plan: 1});
      db.plans.updateOne({_id: 1}, {$set: {projects: plan.projects + 1}});
    }
    respond 201;
  }

  variant transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss."
      expect holds at every level {
    retry on write_conflict {
      transaction {
        let plan = db.plans.findOne({_id: 1});
        if plan.projects >= 2 { rollback; respond 402; }
        db.projects.insertOne({_id: name, plan: 1});
        db.plans.updateOne({_id: 1}, {$set: {projects: plan.projects + 1}});
      }
    }
    respond 201;
  }

  variant number_is_the_id "a project's _id is its number: count, insertOne"
      story "No loss: number 2 is there once, and who finds it taken is one too many."
      expect holds at every level {
    let n = db.numbered.countDocuments({plan: 1});
    if n.n >= 2 { respond 402; }
    try {
      db.numbered.insertOne({_id: (n.n + 1)::text, plan: 1, number: n.n + 1});
    } catch duplicate_key {
      respond 402;
    }
    respond 201;
  }

  variant unique_number "the same by a unique index on plan and number"
      story "No loss: the index is the net."
      expect holds at every level {
    let n = db.numbered.countDocuments({plan: 1});
    if n.n >= 2 { respond 402; }
    try {
      db.numbered.insertOne({_id: name, plan: 1, number: n.n + 1});
    } catch duplicate_key {
      respond 402;
    }
    respond 201;
  }

  variant free_place "findOneAndUpdate of a place whose holder is null"
      story "No loss: the places are documents, and a place goes from free to held once."
      expect holds at every level {
    let mine = db.places.findOneAndUpdate({holder: null}, {$set: {holder: name}}, {sort: {_id: 1}});
    if NOT mine.found { respond 402; }
    respond 201;
  }

  variant inc_after_check "read the counter, check, $inc, insert"
      story "$inc counts right, up to three."
      expect violated at every level {
    let plan = db.plans.findOne({_id: 1});
    if plan.projects >= plan.limit { respond 402; }
    db.plans.updateOne({_id: 1}, {$inc: {projects: 1}});
    db.projects.insertOne({_id: name, plan: 1});
    respond 201;
  }

  variant lock_and_delete "a lease document with a TTL index around count and insert, deleteOne"
      story "The lease is over between the two, and the next one counts the same."
      expect violated at every level {
    try { db.locks.insertOne({_id: "plan-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let plan = db.embedded.findOne({_id: 1});
    if plan.names_length < 2 { db.embedded.updateOne({_id: 1}, {$push: {names: name}}); }
    db.locks.deleteOne({_id: "plan-1"});
    if plan.names_length >= 2 { respond 402; }
    respond 201;
  }

  variant compare_and_delete "the same, and only the owner deletes the lease"
      story "The lease is over between the two, whoever deletes it."
      expect violated at every level {
    try { db.locks.insertOne({_id: "plan-1", owner: me, at: new Date()}); } catch duplicate_key { respond 423; }
    let plan = db.embedded.findOne({_id: 1});
    if plan.names_length < 2 { db.embedded.updateOne({_id: 1}, {$push: {names: name}}); }
    db.locks.deleteOne({_id: "plan-1", owner: me});
    if plan.names_length >= 2 { respond 402; }
    respond 201;
  }
}

run create('b') * 1, create('c')

always  "there are at most 2 projects" {
  SELECT (SELECT count(*) FROM projects) <= 2 AND (SELECT max(names_length) FROM embedded) <= 2 AND (SELECT count(*) FROM numbered) <= 2
}
finally "the counter counts the projects" {
  SELECT (SELECT projects FROM plans) = (SELECT count(*) FROM projects)
      OR NOT EXISTS (SELECT 1 FROM plans WHERE projects > 1)
}
finally "who was told 201 has the project" {
  SELECT (SELECT count(*) FROM responses WHERE status = '201')
      <= (SELECT count(*) FROM projects) - 1 + (SELECT sum(names_length) FROM embedded) - 1 + (SELECT count(*) FROM numbered) - 1
       + (SELECT count(*) FROM places WHERE holder IS NOT NULL) - 1
}
finally "somebody has made a project, or may come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('201', '423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('201', '402', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
