-- QUO-07: Mastodon invite max_uses: looked at first, counted by the new user's counter_cache
-- Source: mastodon/mastodon app/models/invite.rb@0486db9f, user.rb (belongs_to :invite, counter_cache: :uses); listed in the paper
-- Store: PostgreSQL at read committed
-- Invariant: an invite is not used more often than max_uses
-- Shipped fix: the paper names a lock in Redis, without its content -> no variant `shipped`

scenario quo_07 "An invite for one, and two sign up"

database app postgres {
  CREATE TABLE invites (id int PRIMARY KEY, uses int NOT NULL, max_uses int NOT NULL);
  CREATE TABLE users (id serial PRIMARY KEY, invite_id int NOT NULL);
  INSERT INTO invites VALUES (1, 0, 1);
}

request sign_up(invite) {

  variant buggy "valid_for_use?, then an increment that asks nothing"
      story "Both see an invite that is not used up, and two users come in with it."
      expect violated {
    let seen = SELECT uses, max_uses FROM invites WHERE id = :invite;
    if seen.uses >= seen.max_uses { respond 410; }
    transaction {
      INSERT INTO users (invite_id) VALUES (:invite);
      UPDATE invites SET uses = uses + 1 WHERE id = :invite;
    }
  }

  variant reference "the increment is guarded, and comes first"
      expect holds {
    transaction {
      let taken = UPDATE invites SET uses = uses + 1 WHERE id = :invite AND uses < max_uses;
      if taken.count = 0 { rollback; respond 410; }
      INSERT INTO users (invite_id) VALUES (:invite);
    }
  }
}

run sign_up(1) * 2

always "not used more often than allowed" { SELECT uses <= max_uses FROM invites WHERE id = 1 }
always "each use is a user"               { SELECT uses = (SELECT count(*) FROM users) FROM invites WHERE id = 1 }
