-- loyalty_points.gap in DynamoDB: the points are a number of the customer's item, or the sum of a ledger, which the program adds up. Two
-- orders spend 60 and 45 of 100; one may be sent again. What is spent is an effect, or an item of `debits`.
--
-- Seen only by the history `one debit an order`: guarded_update, partiql, optimistic_version, set_without_condition, all with a retry. Only by
-- `what was spent left the points`: transaction_with_retry, token_of_the_attempt, with a retry. Only by `nobody sees an internal error`:
-- transaction_without_retry, and with a retry token_and_other_contents.
scenario loyalty_points_dynamodb "Two orders spend 60 and 45 of 100 points in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "customers", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "entries", KeySchema: [{AttributeName: "customer", KeyType: "HASH"}, {AttributeName: "id", KeyType: "RANGE"}]};
  CreateTable {TableName: "debits", KeySchema: [{AttributeName: "order_id", KeyType: "HASH"}]};
  CreateTable {TableName: "marks", KeySchema: [{AttributeName: "order_id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "customers", Item: {id: 1, points: 100, version: 0, done: {"SS": ["-"]}}};
  PutItem {TableName: "entries", Item: {customer: 1, id: "gift", points: 100}};
}

faults none;
faults crash <= 1;
faults retry <= 1;

request spend(order_id, points) {

  variant naive "Query, add up, check, PutItem"
      story "A Query may read what was there a moment ago, and both sums are 100."
      expect violated at every level {
    let had = 0;
    for entry in Query {TableName: "entries", KeyConditionExpression: "customer = :c", ExpressionAttributeValues: {":c": 1}} {
      set had = had + entry.points;
    }
    if had < points { respond 402; }
    PutItem {TableName: "entries", Item: {customer: 1, id: order_id || '-' || attempt, points: -points}};
    effect spent(order_id, points);
    respond 200;
  }

  variant consistent_sum "the same with ConsistentRead: true"
      story "Both sum 100, both spend."
      expect violated at every level {
    let had = 0;
    for entry in Query {TableName: "entries", KeyConditionExpression: "customer = :c", ExpressionAttributeValues: {":c": 1},
                        ConsistentRead: true} {
      set had = had + entry.points;
    }
    if had < points { respond 402; }
    PutItem {TableName: "entries", Item: {customer: 1, id: order_id || '-' || attempt, points: -points}};
    effect spent(order_id, points);
    respond 200;
  }

  variant condition_on_the_entry "the same, the entry's key is the order, with attribute_not_exists"
      story "No order is debited twice, and two orders spend 105 of 100."
      expect violated at every level {
    let had = 0;
    for entry in Query {TableName: "entries", KeyConditionExpression: "customer = :c", ExpressionAttributeValues: {":c": 1},
                        ConsistentRead: true} {
      set had = had + entry.points;
    }
    if had < points { respond 402; }
    try {
      PutItem {TableName: "entries", Item: {customer: 1, id: order_id, points: -points}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 200;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant subtract_after_check "GetItem, check, ADD of a negative number"
      story "ADD has no floor."
      expect violated at every level {
    let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    if had.points < points { respond 402; }
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD points :n", ExpressionAttributeValues: {":n": -points}};
    effect spent(order_id, points);
    respond 200;
  }

  variant guarded_update "UpdateItem with the condition points >= :p"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}};
    } catch conditional_check_failed {
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant partiql "the same as PartiQL"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    try {
      shop> UPDATE "customers" SET points = points - :points WHERE id = 1 AND points >= :points;
    } catch conditional_check_failed {
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant guard_and_reference "the same, ADD of the order to a set, and NOT contains(done, :order)"
      story "No loss: check, debit and reference are one item and one step."
      expect holds at every level {
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p ADD done :orders",
                  ConditionExpression: "points >= :p AND NOT contains(done, :order)",
                  ExpressionAttributeValues: {":p": points, ":order": order_id, ":orders": {"SS": [order_id]}}};
    } catch conditional_check_failed {
      let known = Query {TableName: "customers", KeyConditionExpression: "id = :id", FilterExpression: "contains(done, :order)",
                         ExpressionAttributeValues: {":id": 1, ":order": order_id}, ConsistentRead: true};
      if known.found { respond 200; }
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant set_without_condition "ADD of the order to the set, and nobody asks whether it was there"
      story "The set has the order once, and the points are debited twice."
      expect holds at every level, violated at every level with retry {
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p ADD done :orders",
                  ConditionExpression: "points >= :p", ExpressionAttributeValues: {":p": points, ":orders": {"SS": [order_id]}}};
    } catch conditional_check_failed {
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant mark_then_debit "PutItem of the order with attribute_not_exists, then the debit with its condition"
      story "No order is debited twice. After a crash between the two items it is never debited, and counts as done."
      expect holds at every level, violated at every level with crash {
    try {
      PutItem {TableName: "marks", Item: {order_id: order_id}, ConditionExpression: "attribute_not_exists(order_id)"};
    } catch conditional_check_failed {
      respond 200;
    }
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}};
    } catch conditional_check_failed {
      DeleteItem {TableName: "marks", Key: {order_id: order_id}};
      respond 402;
    }
    effect spent(order_id, points);
    respond 200;
  }

  variant check_before_the_transaction "GetItem and check, then points and debit in TransactWriteItems without a condition"
      story "The transaction makes one step of what was decided before it."
      expect violated at every level {
    let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    if had.points < points { respond 402; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p",
                  ExpressionAttributeValues: {":p": points}}}]};
    }
    respond 200;
  }

  variant transaction_without_retry "points with their condition and debit in TransactWriteItems; transaction_canceled goes to the customer"
      story "No overdraft, and one customer sees an internal error."
      expect violated at every level {
    TransactWriteItems {TransactItems: [
      {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
      {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                ExpressionAttributeValues: {":p": points}}}]};
    respond 200;
  }

  variant transaction_with_retry "the same; after transaction_canceled read, decide and try again"
      story "No overdraft. Sent again, Put replaces the debit, and the points are subtracted again."
      expect holds at every level, violated at every level with retry {
    retry on transaction_canceled {
      let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
      if had.points < points { respond 402; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}}}]};
    }
    respond 200;
  }

  variant unique_debit "the same, and the debit has attribute_not_exists(order_id)"
      story "No loss: the order's own number makes it once, the condition keeps the points above zero."
      expect holds at every level {
    retry on transaction_canceled {
      let known = GetItem {TableName: "debits", Key: {order_id: order_id}, ConsistentRead: true};
      if known.found { respond 200; }
      let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
      if had.points < points { respond 402; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}, ConditionExpression: "attribute_not_exists(order_id)"}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}}}]};
    }
    respond 200;
  }

  variant token "transaction_with_retry with the order's number as ClientRequestToken"
      story "No loss within the ten minutes that a token is kept: sent again, the same contents do nothing, and succeed."
      expect holds at every level {
    retry up to 3 on transaction_canceled, transaction_in_progress {
      TransactWriteItems {ClientRequestToken: order_id, TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}}}]};
    } exhausted {
      respond 402;
    }
    respond 200;
  }

  variant token_of_the_attempt "the same with a new token for each attempt: what an SDK sends by itself"
      story "A new token is a new transaction: Put replaces the debit, and the points are subtracted again."
      expect holds at every level, violated at every level with retry {
    retry up to 3 on transaction_canceled, transaction_in_progress {
      TransactWriteItems {ClientRequestToken: order_id || '-' || attempt, TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = points - :p", ConditionExpression: "points >= :p",
                  ExpressionAttributeValues: {":p": points}}}]};
    } exhausted {
      respond 402;
    }
    respond 200;
  }

  variant token_and_other_contents "the order's number as token, and the new number of points computed by the program"
      story "Sent again, it has read other points: the same token with other contents is an error, and the customer sees it."
      expect holds at every level, violated at every level with retry {
    retry on transaction_canceled {
      let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
      if had.points < points { respond 402; }
      TransactWriteItems {ClientRequestToken: order_id, TransactItems: [
        {Put: {TableName: "debits", Item: {order_id: order_id, points: points}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = :new", ConditionExpression: "points = :seen",
                  ExpressionAttributeValues: {":new": had.points - points, ":seen": had.points}}}]};
    }
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition, and another attempt"
      story "No overdraft. Sent again, the same order is debited again where the points allow it."
      expect holds at every level, violated at every level with retry {
    retry up to 2 on conditional_check_failed {
      let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
      if had.points < points { respond 402; }
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": had.points - points, ":one": 1, ":seen": had.version}};
      effect spent(order_id, points);
      respond 200;
    } exhausted {
      respond 503;
    }
  }

  variant unread_version "the same version, and conditional_check_failed is caught and logged"
      story "The second UpdateItem changes nothing; 105 points are spent of 100."
      expect violated at every level {
    let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    if had.points < points { respond 402; }
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": had.points - points, ":one": 1, ":seen": had.version}};
    } catch conditional_check_failed { }
    effect spent(order_id, points);
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, SET, DeleteItem"
      story "The lease is over before the work is."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "points-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    if had.points >= points {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = :new",
                  ExpressionAttributeValues: {":new": had.points - points}};
      effect spent(order_id, points);
    }
    DeleteItem {TableName: "locks", Key: {id: "points-1"}};
    if had.points < points { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "points-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let had = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    if had.points >= points {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET points = :new",
                  ExpressionAttributeValues: {":new": had.points - points}};
      effect spent(order_id, points);
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "points-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if had.points < points { respond 402; }
    respond 200;
  }
}

run spend('a', 60) * 1, spend('b', 45)

always  "nobody spends more than he has" {
  SELECT (SELECT coalesce(sum(points), 0) FROM spent) + (SELECT coalesce(sum(points), 0) FROM debits) <= 100
}
history "one debit an order" {
  SELECT NOT EXISTS (SELECT 1 FROM spent a JOIN spent b ON a.order_id = b.order_id AND a.position < b.position)
}
finally "what was spent left the points" {
  SELECT 200 - (SELECT points FROM customers) - (SELECT sum(points) FROM entries)
       = (SELECT coalesce(sum(points), 0) FROM spent) + (SELECT coalesce(sum(points), 0) FROM debits)
}
finally "an order counts as debited if and only if it was" {
  SELECT NOT EXISTS (SELECT 1 FROM marks m WHERE NOT EXISTS (SELECT 1 FROM spent s WHERE s.order_id = m.order_id))
}
finally "somebody gets something for his points" {
  SELECT EXISTS (SELECT 1 FROM spent) OR EXISTS (SELECT 1 FROM debits) OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '402', '503', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
