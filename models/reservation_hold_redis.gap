-- The seat is held in Redis for as long as the key lives, the ticket is written in PostgreSQL after the payment.
--
-- Seen only by `paid implies ticket or refund`, while the seat is never sold twice: hold_and_unique_ticket. Only by `no
-- seat is held for ever`: hold_without_end, setnx_then_expire.
scenario reservation_hold_redis "A hold in Redis ends while its buyer pays"

database hall postgres {
  CREATE TABLE tickets (seat int NOT NULL, buyer text NOT NULL);
  CREATE TABLE unique_tickets (seat int PRIMARY KEY, buyer text NOT NULL);
}
database redis redis { }

faults none;
faults crash <= 1;

request buy(buyer) {

  variant naive "GET, SET EX, pay, ticket"
      story "Both find no hold."
      expect violated at every level {
    let held = redis> GET hold:1;
    if held.found { respond 409; }
    redis> SET hold:1 {buyer} EX 900;
    call pay(buyer);
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }

  variant hold_without_end "SET hold NX, pay, ticket"
      story "One buyer at a time. A crash after the hold, and the seat is never sold."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SET hold:1 {buyer} NX;
    if NOT mine.found { respond 409; }
    let sold = SELECT buyer FROM tickets WHERE seat = 1;
    if NOT sold.found {
      call pay(buyer);
      INSERT INTO tickets VALUES (1, :buyer);
    }
    redis> DEL hold:1;
    if sold.found { respond 409; }
    respond 200;
  }

  variant hold_with_a_time "SET hold NX EX, look for a ticket, pay, ticket"
      story "The hold ends while the payment is under way, and the next one holds, pays and gets the same seat."
      expect violated at every level {
    let mine = redis> SET hold:1 {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let sold = SELECT buyer FROM tickets WHERE seat = 1;
    if sold.found { respond 409; }
    call pay(buyer);
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }

  variant hold_and_unique_ticket "the same above a unique key"
      story "The seat is sold once, and the other one has paid for it."
      expect violated at every level {
    let mine = redis> SET hold:1 {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let sold = SELECT buyer FROM unique_tickets WHERE seat = 1;
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      INSERT INTO unique_tickets VALUES (1, :buyer);
    } catch unique_violation {
      respond 409;
    }
    respond 200;
  }

  variant look_again_then_write "GET the hold again after the payment, then the ticket"
      story "Between the GET and the INSERT the hold can end like anywhere else."
      expect violated at every level {
    let mine = redis> SET hold:1 {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let sold = SELECT buyer FROM tickets WHERE seat = 1;
    if sold.found { respond 409; }
    call pay(buyer);
    let held = redis> GET hold:1;
    if NOT held.found OR held.value <> buyer {
      call refund(buyer);
      respond 409;
    }
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }

  variant refund_when_too_late "unique key, and who comes too late is refunded"
      story "Nobody pays for nothing, unless there is a crash between payment and ticket."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SET hold:1 {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let sold = SELECT buyer FROM unique_tickets WHERE seat = 1;
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      INSERT INTO unique_tickets VALUES (1, :buyer);
    } catch unique_violation {
      call refund(buyer);
      respond 409;
    }
    respond 200;
  }

  variant ticket_before_payment "the hold spares work; the ticket is written before the payment, a job pays what is open"
      story "No loss: what decides is the key, it is asked before the money moves, and what a crash left unpaid is paid."
      expect holds at every level {
    let mine = redis> SET hold:1 {buyer} NX EX 900;
    if NOT mine.found { respond 409; }
    let ticket = INSERT INTO unique_tickets VALUES (1, :buyer) ON CONFLICT DO NOTHING;
    if ticket.count = 0 { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant setnx_then_expire "SETNX, EXPIRE, then the same"
      story "A crash between SETNX and EXPIRE, and the seat is held for ever."
      expect holds at every level, violated at every level with crash {
    let mine = redis> SETNX hold:1 {buyer};
    if mine.value = 0 { respond 409; }
    redis> EXPIRE hold:1 900;
    let ticket = INSERT INTO unique_tickets VALUES (1, :buyer) ON CONFLICT DO NOTHING;
    if ticket.count = 0 { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant hsetnx "HSETNX holds, ticket, pay"
      story "A field has no time to live: after a crash the seat is held for ever."
      expect holds at every level, violated at every level with crash {
    let mine = redis> HSETNX holds 1 {buyer};
    if mine.value = 0 { respond 409; }
    let ticket = INSERT INTO unique_tickets VALUES (1, :buyer) ON CONFLICT DO NOTHING;
    if ticket.count = 1 { call pay(buyer) key (buyer); }
    redis> HDEL holds 1;
    if ticket.count = 0 { respond 409; }
    respond 200;
  }

  variant watch_multi_exec "WATCH, GET, MULTI, SET EX, EXEC, then the ticket before the payment"
      story "No loss: EXEC says whose the hold is, the key decides."
      expect holds at every level {
    redis> WATCH hold:1;
    let held = redis> GET hold:1;
    if held.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET hold:1 {buyer} EX 900;
    let mine = redis> EXEC;
    if NOT mine.found { respond 409; }
    let ticket = INSERT INTO unique_tickets VALUES (1, :buyer) ON CONFLICT DO NOTHING;
    if ticket.count = 0 { respond 409; }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant exec_not_read "WATCH … EXEC, and nobody looks whether EXEC did anything"
      story "EXEC comes out nil, and the buyer pays and gets a ticket."
      expect violated at every level {
    redis> WATCH hold:1;
    let held = redis> GET hold:1;
    if held.found { redis> UNWATCH; respond 409; }
    redis> MULTI;
    redis> SET hold:1 {buyer} EX 900;
    redis> EXEC;
    call pay(buyer);
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }

  variant multi_without_watch "GET, MULTI, SET EX and SADD, EXEC, pay, ticket"
      story "Both find no hold, and both EXECs go through."
      expect violated at every level {
    let held = redis> GET hold:1;
    if held.found { respond 409; }
    redis> MULTI;
    redis> SET hold:1 {buyer} EX 900;
    redis> EXEC;
    call pay(buyer);
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }

  variant lua "a script that looks for a hold and makes one, pay, ticket"
      story "The hold is made in one step, and ends while the payment is under way."
      expect violated at every level {
    let mine = redis> EVAL "if redis.call('exists', KEYS[1]) == 1 then return 0 end redis.call('set', KEYS[1], ARGV[1], 'EX', 900) return 1" 1 hold:1 {buyer};
    if mine.value = 0 { respond 409; }
    let sold = SELECT buyer FROM tickets WHERE seat = 1;
    if sold.found { respond 409; }
    call pay(buyer);
    INSERT INTO tickets VALUES (1, :buyer);
    respond 200;
  }
}

request settle() {
  variant naive { }
  variant hold_without_end { }
  variant hold_with_a_time { }
  variant hold_and_unique_ticket { }
  variant look_again_then_write { }
  variant refund_when_too_late { }
  variant exec_not_read { }
  variant multi_without_watch { }
  variant lua { }
  variant ticket_before_payment {
    for ticket in SELECT buyer FROM unique_tickets { call pay(ticket.buyer) key (ticket.buyer); }
  }
  variant setnx_then_expire {
    for ticket in SELECT buyer FROM unique_tickets { call pay(ticket.buyer) key (ticket.buyer); }
  }
  variant hsetnx {
    for ticket in SELECT buyer FROM unique_tickets { call pay(ticket.buyer) key (ticket.buyer); }
  }
  variant watch_multi_exec {
    for ticket in SELECT buyer FROM unique_tickets { call pay(ticket.buyer) key (ticket.buyer); }
  }
}

run buy('ann') * 1, buy('bob'), job settle()

always  "the seat is sold once" { SELECT (SELECT count(*) FROM tickets) + (SELECT count(*) FROM unique_tickets) <= 1 }
finally "paid implies ticket or refund" {
  SELECT NOT EXISTS (SELECT 1 FROM pay p WHERE NOT EXISTS (SELECT 1 FROM refund r WHERE r.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM unique_tickets u WHERE u.buyer = p.buyer))
}
finally "a ticket implies payment" {
  SELECT NOT EXISTS (SELECT 1 FROM unique_tickets u WHERE NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = u.buyer))
}
finally "no seat is held for ever" { SELECT NOT EXISTS (SELECT 1 FROM redis WHERE key LIKE 'hold%') }
