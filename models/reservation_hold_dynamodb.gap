-- A seat is held while its buyer pays. The hold is an item with a TTL and the ticket another one; or seat, hold and ticket are one item that
-- goes from phase to phase. A job pays what a crash left unpaid. Holds with a time that is compared: lease_dynamodb.gap.
--
-- Seen only by `paid implies ticket or refund`, while the seat is never sold twice: pay_then_transaction, pay_then_unique_ticket,
-- hold_and_unique_ticket, and with a crash refund_when_too_late.
scenario reservation_hold_dynamodb "A hold in DynamoDB ends while its buyer pays"

database hall dynamodb {
  CreateTable {TableName: "seats", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "tickets", KeySchema: [{AttributeName: "seat", KeyType: "HASH"}]};
  CreateTable {TableName: "holds", KeySchema: [{AttributeName: "seat", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "holds", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "seats", Item: {id: 1, phase: "open", version: 0, wishes: {"SS": ["-"]}}};
}

faults none;
faults crash <= 1;

request buy(buyer) {

  variant naive "GetItem, SET held, pay, SET sold"
      story "GetItem may read what was there a moment ago: both find it open."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}};
    if seat.phase <> 'open' { respond 409; }
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                ExpressionAttributeValues: {":to_": "held", ":me": buyer}};
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "sold"}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both find it open."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase <> 'open' { respond 409; }
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                ExpressionAttributeValues: {":to_": "held", ":me": buyer}};
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "sold"}};
    respond 200;
  }

  variant hold_without_end "open → held as condition, pay, held → sold"
      story "One buyer at a time. A crash after the hold, and the seat is never sold."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "held", ":me": buyer, ":from_": "open"}};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ConditionExpression: "buyer = :me",
                ExpressionAttributeValues: {":to_": "sold", ":me": buyer}};
    respond 200;
  }

  variant hold_not_read "the same, and conditional_check_failed is caught and logged"
      story "The second one holds nothing, and pays."
      expect violated at every level {
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "held", ":me": buyer, ":from_": "open"}};
    } catch conditional_check_failed { }
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "sold"}};
    respond 200;
  }

  variant state_machine "open → paying, pay, paying → sold, each as condition; the job pays what is not sold, with the same key"
      story "No loss: what is being paid is nobody else's, and what a crash left unpaid is paid."
      expect holds at every level {
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "paying", ":me": buyer, ":from_": "open"}};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer) key (buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ConditionExpression: "buyer = :me",
                ExpressionAttributeValues: {":to_": "sold", ":me": buyer}};
    respond 200;
  }

  variant partiql "the same as PartiQL"
      story "No loss: the same in other words."
      expect holds at every level {
    try {
      hall> UPDATE "seats" SET phase = 'paying' SET buyer = :buyer WHERE id = 1 AND phase = 'open';
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer) key (buyer);
    hall> UPDATE "seats" SET phase = 'sold' WHERE id = 1 AND buyer = :buyer;
    respond 200;
  }

  variant check_before_the_transaction "GetItem, then seat and ticket in TransactWriteItems without a condition; pay"
      story "Both found it open; seat and ticket are one step, in both requests."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase <> 'open' { respond 409; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                  ExpressionAttributeValues: {":to_": "sold", ":me": buyer}}},
        {Put: {TableName: "tickets", Item: {seat: 1, buyer: buyer}}}]};
    }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition of the hold"
      story "The version that was read can be held once. A crash after it, and the seat is never sold."
      expect holds at every level, violated at every level with crash {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase <> 'open' { respond 409; }
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":to_": "held", ":me": buyer, ":one": 1, ":seen": seat.version}};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "sold"}};
    respond 200;
  }

  variant unread_version "the same, and conditional_check_failed is caught and logged"
      story "The version says no, and the buyer pays."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase <> 'open' { respond 409; }
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":to_": "held", ":me": buyer, ":one": 1, ":seen": seat.version}};
    } catch conditional_check_failed { }
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "sold"}};
    respond 200;
  }

  variant pay_then_transaction "GetItem, pay, then seat and ticket in TransactWriteItems; transaction_canceled goes to the buyer"
      story "The write is canceled after the payment."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase <> 'open' { respond 409; }
    call pay(buyer);
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me", ConditionExpression: "phase = :from_",
                ExpressionAttributeValues: {":to_": "sold", ":me": buyer, ":from_": "open"}}},
      {Put: {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"}}]};
    respond 200;
  }

  variant transaction_with_retry "seat and ticket in TransactWriteItems, again after transaction_canceled; then pay, or the job does"
      story "No loss: what cannot be taken back stands behind what decides."
      expect holds at every level {
    retry on transaction_canceled {
      let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
      if seat.phase <> 'open' { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "sold", ":me": buyer, ":from_": "open"}}},
        {Put: {TableName: "tickets", Item: {seat: 1, buyer: buyer}}}]};
    }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant ticket_before_payment "PutItem of the ticket with attribute_not_exists(seat), then pay; the job pays what is open"
      story "No loss: the key decides, it is asked before the money moves, and what a crash left unpaid is paid."
      expect holds at every level {
    try {
      PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant put_ticket "look for a ticket, PutItem without a condition, then pay"
      story "The second ticket is written over the first, and both have paid."
      expect violated at every level {
    let known = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if known.found { respond 409; }
    PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}};
    call pay(buyer) key (buyer);
    respond 200;
  }

  variant pay_then_unique_ticket "pay, then the ticket with attribute_not_exists(seat)"
      story "The seat is sold once, and the other one has paid for it."
      expect violated at every level {
    let known = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if known.found { respond 409; }
    call pay(buyer);
    try {
      PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant add_to_set "look whether anybody wishes it, ADD of the buyer to the set, pay"
      story "Both find no wish; the set has both of them, and both pay."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.wishes_length > 1 { respond 409; }
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "ADD wishes :me", ExpressionAttributeValues: {":me": {"SS": [buyer]}}};
    call pay(buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                ExpressionAttributeValues: {":to_": "sold", ":me": buyer}};
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, look, pay, sold, DeleteItem"
      story "The lease is over before the payment is."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: 1, holder: buyer, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase = 'open' {
      call pay(buyer);
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                  ExpressionAttributeValues: {":to_": "sold", ":me": buyer}};
    }
    DeleteItem {TableName: "locks", Key: {id: 1}};
    if seat.phase <> 'open' { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the payment is, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: 1, holder: buyer, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase = 'open' {
      call pay(buyer);
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_, buyer = :me",
                  ExpressionAttributeValues: {":to_": "sold", ":me": buyer}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: 1}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": buyer}};
    } catch conditional_check_failed { }
    if seat.phase <> 'open' { respond 409; }
    respond 200;
  }

  variant hold_with_a_time "a hold item with a TTL, look for a ticket, pay, ticket"
      story "The hold ends while the payment is under way, and the next one holds, pays and gets the same seat."
      expect violated at every level {
    try {
      PutItem {TableName: "holds", Item: {seat: 1, buyer: buyer, ends: 900}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    let sold = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if sold.found { respond 409; }
    call pay(buyer);
    PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}};
    respond 200;
  }

  variant hold_and_unique_ticket "the same, and the ticket has attribute_not_exists(seat)"
      story "The seat is sold once, and who came too late has paid for it."
      expect violated at every level {
    try {
      PutItem {TableName: "holds", Item: {seat: 1, buyer: buyer, ends: 900}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    let sold = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant hold_checked_with_the_ticket "the same, ticket and a ConditionCheck of the hold in TransactWriteItems"
      story "No ticket without a hold, and the payment has been made before anybody asks."
      expect violated at every level {
    try {
      PutItem {TableName: "holds", Item: {seat: 1, buyer: buyer, ends: 900}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed, transaction_conflict {
      respond 409;
    }
    let sold = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      TransactWriteItems {TransactItems: [
        {ConditionCheck: {TableName: "holds", Key: {seat: 1}, ConditionExpression: "buyer = :me", ExpressionAttributeValues: {":me": buyer}}},
        {Put: {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"}}]};
    } catch transaction_canceled {
      respond 409;
    }
    respond 200;
  }

  variant refund_when_too_late "hold_and_unique_ticket, and who comes too late is refunded"
      story "Nobody pays for nothing, unless there is a crash between payment and ticket."
      expect holds at every level, violated at every level with crash {
    try {
      PutItem {TableName: "holds", Item: {seat: 1, buyer: buyer, ends: 900}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    let sold = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if sold.found { respond 409; }
    call pay(buyer);
    try {
      PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      call refund(buyer);
      respond 409;
    }
    respond 200;
  }

  variant hold_and_ticket_before_payment "the hold spares work; the ticket's key decides before the payment, the job pays what is open"
      story "No loss: the hold may end when it likes."
      expect holds at every level {
    try {
      PutItem {TableName: "holds", Item: {seat: 1, buyer: buyer, ends: 900}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    try {
      PutItem {TableName: "tickets", Item: {seat: 1, buyer: buyer}, ConditionExpression: "attribute_not_exists(seat)"};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer) key (buyer);
    respond 200;
  }
}

request settle() {
  variant naive, consistent_read, hold_without_end, hold_not_read, optimistic_version, unread_version, pay_then_transaction,
          pay_then_unique_ticket, add_to_set, lock_and_delete, compare_and_delete, hold_with_a_time, hold_and_unique_ticket,
          hold_checked_with_the_ticket, refund_when_too_late { }
  variant state_machine, partiql {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.phase = 'paying' {
      call pay(seat.buyer AS buyer) key (seat.buyer);
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :to_", ConditionExpression: "buyer = :buyer",
                  ExpressionAttributeValues: {":to_": "sold", ":buyer": seat.buyer}};
    }
  }
  variant check_before_the_transaction, transaction_with_retry, ticket_before_payment, put_ticket, hold_and_ticket_before_payment {
    let ticket = GetItem {TableName: "tickets", Key: {seat: 1}, ConsistentRead: true};
    if ticket.found { call pay(ticket.buyer AS buyer) key (ticket.buyer); }
  }
}

run buy('ann') * 1, buy('bob'), job settle()

always  "the seat is sold once" { SELECT count(*) <= 1 FROM responses WHERE request = 'buy' AND status = '200' }
always  "nobody pays twice" { SELECT NOT EXISTS (SELECT 1 FROM pay GROUP BY buyer HAVING count(*) > 1) }
finally "paid implies ticket or refund" {
  SELECT NOT EXISTS (SELECT 1 FROM pay p WHERE NOT EXISTS (SELECT 1 FROM refund r WHERE r.buyer = p.buyer)
                     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.buyer = p.buyer AND s.phase = 'sold')
                     AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.buyer = p.buyer))
}
finally "a ticket implies payment" {
  SELECT NOT EXISTS (SELECT 1 FROM tickets t WHERE NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = t.buyer))
     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.phase = 'sold' AND NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = s.buyer))
}
finally "no seat is held for ever" {
  SELECT NOT EXISTS (SELECT 1 FROM seats WHERE phase IN ('held', 'paying')) AND NOT EXISTS (SELECT 1 FROM holds)
     AND NOT EXISTS (SELECT 1 FROM locks)
}
finally "somebody gets the seat, or may come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE request = 'buy' AND status IN ('200', '423', 'crashed'))
}
