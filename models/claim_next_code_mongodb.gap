-- claim_next_code.gap in MongoDB. findOneAndUpdate with a sort chooses a document and then writes it, in two steps: if what it
-- chose no longer matches, the whole is tried again (SERVER-22178); if it still matches, that document is written although another
-- one may come first by now (SERVER-86250).
scenario claim_next_code_mongodb "Two users claim the next free code, and two are free, in MongoDB"

database shop mongodb {
  db.codes.insertMany([{_id: 1, rank: 1, usr: null}, {_id: 2, rank: 2, usr: null}]);
}

request claim(usr) {

  variant naive "find, sort, limit, then updateOne by _id"
      story "Both find code 1, and both write their name on it."
      expect violated at every level {
    let code = db.codes.find({usr: null}).sort({rank: 1}).limit(1);
    if NOT code.found { respond 410; }
    db.codes.updateOne({_id: code._id}, {$set: {usr}});
    effect given(code._id AS id);
    respond 200;
  }

  variant guarded_without_retry "the same, and the code must still be free"
      story "Nothing is given twice now, and the second user is told that there is no code while code 2 is free."
      expect violated at every level {
    let code = db.codes.find({usr: null}).sort({rank: 1}).limit(1);
    if NOT code.found { respond 410; }
    let mine = db.codes.updateOne({_id: code._id, usr: null}, {$set: {usr}});
    if mine.modifiedCount = 0 { respond 410; }
    effect given(code._id AS id);
    respond 200;
  }

  variant guarded_with_retry "the same, and the next one where it is not free any more"
      story "No loss: an attempt fails only where another has got a code."
      expect holds at every level {
    retry up to 3 {
      let code = db.codes.find({usr: null}).sort({rank: 1}).limit(1);
      if NOT code.found { respond 410; }
      let mine = db.codes.updateOne({_id: code._id, usr: null}, {$set: {usr}});
      if mine.modifiedCount = 0 { again; }
      effect given(code._id AS id);
      respond 200;
    }
    respond 503;
  }

  variant find_one_and_update "findOneAndUpdate({usr: null}) with a sort"
      story "No loss: what was chosen and is gone is chosen anew, by the server."
      expect holds at every level {
    let code = db.codes.findOneAndUpdate({usr: null}, {$set: {usr}}, {sort: {rank: 1}});
    if NOT code.found { respond 410; }
    effect given(code._id AS id);
    respond 200;
  }

  variant find_in_transaction "find and updateOne by _id in a transaction; write_conflict goes to the user"
      story "Nothing is given twice; the second user sees an internal error while code 2 is free."
      expect violated at every level {
    let mine = 0;
    transaction {
      let code = db.codes.find({usr: null}).sort({rank: 1}).limit(1);
      if NOT code.found { rollback; respond 410; }
      db.codes.updateOne({_id: code._id}, {$set: {usr}});
      set mine = code._id;
    }
    effect given(mine AS id);
    respond 200;
  }

  variant find_in_transaction_with_retry "the same, and the whole again after write_conflict"
      story "No loss."
      expect holds at every level {
    let mine = 0;
    retry on write_conflict {
      transaction {
        let code = db.codes.find({usr: null}).sort({rank: 1}).limit(1);
        if NOT code.found { rollback; respond 410; }
        db.codes.updateOne({_id: code._id}, {$set: {usr}});
        set mine = code._id;
      }
    }
    effect given(mine AS id);
    respond 200;
  }
}

run claim('ann'), claim('bob')

finally "no code is given twice" { SELECT count(*) = count(DISTINCT id) FROM given }
finally "nobody goes without while a code is free" {
  SELECT NOT EXISTS (SELECT 1 FROM codes WHERE usr IS NULL)
      OR NOT EXISTS (SELECT 1 FROM responses WHERE status <> '200')
}
