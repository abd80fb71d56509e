-- A hold in DynamoDB that says when it ends. A TTL deletes an item at some time after that, up to days later: until then it may be read, and
-- written. So the time is compared in the condition of the write, and what must not be deleted has no time.
--
-- Ann has held the seat until 14:45, and pays; Bob wants it.
scenario lease_dynamodb "A hold until 14:45 in DynamoDB, and somebody who comes at 15:00"

database hall dynamodb {
  CreateTable {TableName: "seats", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "seats", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "seats", Item: {id: 1, buyer: "ann", phase: "held", ends: 1704120300}};
}
memory server { }
clock '14:30', '15:00'

faults none;
faults crash <= 1;

request pay_for_hold(buyer) {

  variant ttl_decides "an item that is there is a hold, one that is not there is none"
      story "It has ended at 14:45 and is deleted some time later: at 15:00 Bob is refused a seat that nobody holds."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if NOT seat.found OR seat.buyer <> buyer { respond 410; }
    call pay(buyer);
    PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "sold"}};
    respond 200;
  }

  variant time_is_read "the time is compared by the program: GetItem, compare, PutItem"
      story "Bob has read that the hold is over; meanwhile Ann has paid, and his PutItem replaces what she has."
      expect violated at every level {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if NOT seat.found OR seat.buyer <> buyer { respond 410; }
    call pay(buyer);
    PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "sold"}};
    respond 200;
  }

  variant time_in_the_condition "the time is compared in the condition of who takes over; the holder looks, pays, and writes"
      story "The hold was still hers when Ann looked, and is over when she writes: deleted, or taken over by Bob, in order. She has paid."
      expect violated at every level {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if NOT seat.found OR seat.buyer <> buyer OR seat.ends <= now_.at { respond 410; }
    call pay(buyer);
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold REMOVE ends",
                  ConditionExpression: "buyer = :me", ExpressionAttributeValues: {":sold": "sold", ":me": buyer}};
    } catch conditional_check_failed {
      respond 410;
    }
    respond 200;
  }

  variant claim_keeps_its_time "held → paying on condition that it is hers and not over; the item keeps its `ends`"
      story "Nobody takes over what is being paid. But the TTL deletes it: Ann has paid, and the seat is anybody's."
      expect violated at every level {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :paying",
                  ConditionExpression: "buyer = :me AND phase = :held AND ends > :now",
                  ExpressionAttributeValues: {":paying": "paying", ":me": buyer, ":held": "held", ":now": now_.at}};
    } catch conditional_check_failed {
      respond 410;
    }
    call pay(buyer) key (buyer);
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold REMOVE ends",
                  ConditionExpression: "buyer = :me", ExpressionAttributeValues: {":sold": "sold", ":me": buyer}};
    } catch conditional_check_failed {
      respond 410;
    }
    respond 200;
  }

  variant claim_without_time "the same with REMOVE ends: what is being paid has no time any more"
      story "Nobody takes over what is being paid, and no TTL deletes it. After a crash it is being paid for ever."
      expect holds at every level, violated at every level with crash {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :paying REMOVE ends",
                  ConditionExpression: "buyer = :me AND phase = :held AND ends > :now",
                  ExpressionAttributeValues: {":paying": "paying", ":me": buyer, ":held": "held", ":now": now_.at}};
    } catch conditional_check_failed {
      respond 410;
    }
    call pay(buyer) key (buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold", ConditionExpression: "buyer = :me",
                ExpressionAttributeValues: {":sold": "sold", ":me": buyer}};
    respond 200;
  }

  variant claim_and_job "the same, and a job pays what a crash left unpaid, with the provider's key"
      story "No loss."
      expect holds at every level {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    try {
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :paying REMOVE ends",
                  ConditionExpression: "buyer = :me AND phase = :held AND ends > :now",
                  ExpressionAttributeValues: {":paying": "paying", ":me": buyer, ":held": "held", ":now": now_.at}};
    } catch conditional_check_failed {
      respond 410;
    }
    call pay(buyer) key (buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold", ConditionExpression: "buyer = :me",
                ExpressionAttributeValues: {":sold": "sold", ":me": buyer}};
    respond 200;
  }
}

request take(buyer) {
  variant ttl_decides {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.found {
      effect refused(buyer, coalesce(seat.ends <= now_.at, false) AS over_);
      respond 409;
    }
    try {
      PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "paying"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer);
    PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "sold"}};
    respond 200;
  }
  variant time_is_read {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.found AND (seat.phase <> 'held' OR seat.ends > now_.at) { respond 409; }
    PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "paying"}};
    call pay(buyer);
    PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "sold"}};
    respond 200;
  }
  variant time_in_the_condition, claim_keeps_its_time, claim_without_time, claim_and_job {
    let now_ = server> SELECT extract(epoch FROM now()) AS at;
    try {
      PutItem {TableName: "seats", Item: {id: 1, buyer: buyer, phase: "paying"},
               ConditionExpression: "attribute_not_exists(id) OR (phase = :held AND ends <= :now)",
               ExpressionAttributeValues: {":held": "held", ":now": now_.at}};
    } catch conditional_check_failed {
      respond 409;
    }
    call pay(buyer) key (buyer);
    UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold", ConditionExpression: "buyer = :me",
                ExpressionAttributeValues: {":sold": "sold", ":me": buyer}};
    respond 200;
  }
}

request settle() {
  variant ttl_decides, time_is_read, time_in_the_condition, claim_keeps_its_time, claim_without_time { }
  variant claim_and_job {
    let seat = GetItem {TableName: "seats", Key: {id: 1}, ConsistentRead: true};
    if seat.found AND seat.phase = 'paying' {
      call pay(seat.buyer AS buyer) key (seat.buyer);
      UpdateItem {TableName: "seats", Key: {id: 1}, UpdateExpression: "SET phase = :sold", ConditionExpression: "buyer = :buyer",
                  ExpressionAttributeValues: {":sold": "sold", ":buyer": seat.buyer}};
    }
  }
}

run pay_for_hold('ann'), take('bob') * 1, job settle()

always  "nobody is refused for a hold that is over" { SELECT NOT EXISTS (SELECT 1 FROM refused WHERE over_) }
finally "who has paid has the seat, and nobody else" {
  SELECT NOT EXISTS (SELECT 1 FROM pay p WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.buyer = p.buyer AND s.phase = 'sold'))
     AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.phase = 'sold' AND NOT EXISTS (SELECT 1 FROM pay p WHERE p.buyer = s.buyer))
}
finally "nobody pays twice" { SELECT NOT EXISTS (SELECT 1 FROM pay GROUP BY buyer HAVING count(*) > 1) }
finally "no seat is being paid for ever" { SELECT NOT EXISTS (SELECT 1 FROM seats WHERE phase = 'paying') }
