-- Vouchers are handed out from a table: take the first that is free. Whoever waits for the first must not get it, too.
scenario claim_next_code "Two users claim the next free code, and two are free"

database shop postgres {
  CREATE TABLE codes (id int PRIMARY KEY, usr text);
  INSERT INTO codes VALUES (1, NULL), (2, NULL);
}

request claim(usr) {

  variant naive "look for a free code, then take it"
      story "Both find code 1, and both write their name on it."
      expect violated at every level {
    let code = SELECT id FROM codes WHERE usr IS NULL ORDER BY id LIMIT 1;
    if NOT code.found { respond 410; }
    UPDATE codes SET usr = :usr WHERE id = :code.id;
    effect given(code.id);
    respond 200;
  }

  variant subselect "UPDATE … WHERE id = (SELECT … LIMIT 1)"
      story "One statement: after the wait code 1 is still code 1, and the sub-select that chose it is not asked again."
      expect violated at every level {
    let mine = 0;
    transaction {
      let code = UPDATE codes SET usr = :usr
                 WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1) RETURNING id;
      if NOT code.found { rollback; respond 410; }
      set mine = code.id;
    }
    effect given(mine AS id);
    respond 200;
  }

  variant subselect_checked "the same, AND usr IS NULL"
      story "Nothing is given twice now, and the second user is told that there is no code while code 2 is free."
      expect violated at every level {
    let mine = 0;
    transaction {
      let code = UPDATE codes SET usr = :usr
                 WHERE usr IS NULL AND id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1)
                 RETURNING id;
      if NOT code.found { rollback; respond 410; }
      set mine = code.id;
    }
    effect given(mine AS id);
    respond 200;
  }

  variant for_update "the sub-select FOR UPDATE"
      story "Right at READ COMMITTED, one after the other; above it who had to wait is sent away with an error."
      expect holds at "read committed", violated at "repeatable read", "serializable" {
    let mine = 0;
    transaction {
      let code = UPDATE codes SET usr = :usr
                 WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1 FOR UPDATE)
                 RETURNING id;
      if NOT code.found { rollback; respond 410; }
      set mine = code.id;
    }
    effect given(mine AS id);
    respond 200;
  }

  variant skip_locked "the sub-select FOR UPDATE SKIP LOCKED"
      story "Any free code will do, and nobody waits; at SERIALIZABLE each has read what the other writes, and one of them fails."
      expect holds at "read committed", "repeatable read", violated at "serializable" {
    let mine = 0;
    transaction {
      let code = UPDATE codes SET usr = :usr
                 WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED)
                 RETURNING id;
      if NOT code.found { rollback; respond 410; }
      set mine = code.id;
    }
    effect given(mine AS id);
    respond 200;
  }

  variant skip_locked_with_retry "the same, and the whole again after 40001"
      story "No loss at any level: two codes mean two conflicts at most, and three attempts."
      expect holds at every level {
    let mine = 0;
    retry up to 3 on serialization_failure {
      transaction {
        let code = UPDATE codes SET usr = :usr
                   WHERE id = (SELECT c.id FROM codes c WHERE c.usr IS NULL ORDER BY c.id LIMIT 1
                               FOR UPDATE SKIP LOCKED)
                   RETURNING id;
        if NOT code.found { rollback; respond 410; }
        set mine = code.id;
      }
    } exhausted {
      respond 503;
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
