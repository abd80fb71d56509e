-- Paid flag: the provider tells of one payment twice, and the days that were paid for are added twice.
--
-- To make it yours: 1. in `database` your tables, and the rows that matter; 2. in `naive` what your handler sends, one
-- statement after the other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what
-- must hold. Then: gapless check FILE.
scenario paid_flag "Two webhooks of one payment"

database app postgres {
  -- Your tables; columns that no statement looks at may be left out.
  CREATE TABLE payments (event text PRIMARY KEY, done boolean NOT NULL);
  CREATE TABLE users (id int PRIMARY KEY, days int NOT NULL);
  INSERT INTO payments VALUES ('evt_1', false);
  INSERT INTO users VALUES (1, 0);
}

-- Two settings, and each variant is checked at both: nothing goes wrong, and one request crashes.
faults none;
faults crash <= 1;

request paid(event) {

  -- The handler as it is today. `let` keeps what a statement returns; in SQL a local has a colon, outside it has none.
  variant naive "look at the flag, add the days, set the flag"
      story "Both see it unset: thirty days are paid, and sixty are granted."
      expect violated {
    let payment = SELECT done FROM payments WHERE event = :event;
    if payment.done { respond 200; }
    UPDATE users SET days = days + 30 WHERE id = 1;
    UPDATE payments SET done = true WHERE event = :event;
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "set the flag where it is unset, and grant in the same transaction"
      story "No loss: the flag's UPDATE decides, and a crash takes back both."
      expect holds {
    transaction {
      let mine = UPDATE payments SET done = true WHERE event = :event AND NOT done;
      if mine.count = 0 { rollback; respond 200; }
      UPDATE users SET days = days + 30 WHERE id = 1;
    }
    respond 200;
  }
}

-- A delivery comes again until the handler responds 200.
run deliver paid('evt_1') until 200 * 2

always  "no day is granted twice"    { SELECT days <= 30 FROM users WHERE id = 1 }
finally "what was paid for is there" { SELECT days = 30 FROM users WHERE id = 1 }
