-- INV-09: django-oscar: allocate() is self.amount_allocated += n; save()
-- Source: github.com/django-oscar/django-oscar/issues/1811
-- Store: Django at read committed; here PostgreSQL
-- Invariant: allocated = SUM(lines)
-- Shipped fix: a suggestion in the discussion, @atomic (shipped) -> incomplete
-- Note: f_expression, amount_allocated = F("amount_allocated") + n, is right as well, and has no guard that could be dropped.

scenario inv_09 "Two lines are allocated at once"

database shop postgres {
  CREATE TABLE stockrecords (id int PRIMARY KEY, amount_allocated int NOT NULL);
  INSERT INTO stockrecords VALUES (1, 0);
}

request allocate(n) {

  variant buggy "+= n, save()" story "Both read 0: one of the lines is not allocated." expect violated {
    let record = SELECT amount_allocated FROM stockrecords WHERE id = 1;
    UPDATE stockrecords SET amount_allocated = :record.amount_allocated + :n WHERE id = 1;
    effect line(n);
  }

  variant shipped "the same in transaction.atomic"
      story "READ COMMITTED lets both read 0 and both write: the transaction changes nothing."
      expect violated, holds at "repeatable read", "serializable" {
    transaction {
      let record = SELECT amount_allocated FROM stockrecords WHERE id = 1;
      UPDATE stockrecords SET amount_allocated = :record.amount_allocated + :n WHERE id = 1;
    }
    effect line(n);
  }

  variant f_expression "one statement" expect holds {
    UPDATE stockrecords SET amount_allocated = amount_allocated + :n WHERE id = 1;
    effect line(n);
  }

  variant reference "select_for_update in transaction.atomic" expect holds {
    transaction {
      let record = SELECT amount_allocated FROM stockrecords WHERE id = 1 FOR UPDATE;
      UPDATE stockrecords SET amount_allocated = :record.amount_allocated + :n WHERE id = 1;
    }
    effect line(n);
  }
}

run allocate(3), allocate(4)

finally "what is allocated is the sum of the lines" {
  SELECT amount_allocated = (SELECT coalesce(sum(n), 0) FROM line) FROM stockrecords
}
