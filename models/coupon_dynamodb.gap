-- coupon.gap in DynamoDB. The claim is an attribute of the coupon's item, or an item of its own whose key is the code; the order is
-- another item, or an element of the coupon's. A global secondary index on the orders' code is read eventually, always.
--
-- Seen only by `claimed if and only if granted`, while the limit looks right: claim_then_grant, insert_redemption, partiql_insert, each
-- with a crash. Only by `nobody sees an internal error`: transaction_without_retry.
scenario coupon_dynamodb "Two orders use a code that is good for one, in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "coupons", KeySchema: [{AttributeName: "code", KeyType: "HASH"}]};
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               GlobalSecondaryIndexes: [{IndexName: "by_code", KeySchema: [{AttributeName: "code", KeyType: "HASH"}],
                                         Projection: {ProjectionType: "ALL"}}]};
  CreateTable {TableName: "redemptions", KeySchema: [{AttributeName: "code", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "claims", KeySchema: [{AttributeName: "code", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  UpdateTimeToLive {TableName: "claims", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "coupons", Item: {code: "SAVE50", uses: 0, version: 0, orders: []}};
}

faults none;
faults crash <= 1;

request order_with(code) {

  variant naive "GetItem, check, UpdateItem, PutItem of the order"
      story "GetItem may read what was there a moment ago: one order after the other, and both find it unused."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}};
    if coupon.uses >= 1 { respond 409; }
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ExpressionAttributeValues: {":one": 1}};
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both find it unused, since neither has written yet."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ExpressionAttributeValues: {":one": 1}};
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant add_without_condition "GetItem, check, ADD uses, order"
      story "The counter counts right, up to two."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "ADD uses :one", ExpressionAttributeValues: {":one": 1}};
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant count_by_index "Query of the index on the orders' code, then PutItem of the order"
      story "An index is read eventually, whatever is asked: the order that is there already is not in it yet."
      expect violated at every level {
    let used = Query {TableName: "orders", IndexName: "by_code", KeyConditionExpression: "code = :code",
                      ExpressionAttributeValues: {":code": code}, Select: "COUNT"};
    if used.n > 0 { respond 409; }
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant claim_then_grant "UpdateItem with the condition uses = 0, then the order"
      story "Claimed once. A crash between the two items, and the coupon is used up by an order that never was."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ConditionExpression: "uses < :one",
                  ExpressionAttributeValues: {":one": 1}};
    } catch conditional_check_failed {
      respond 409;
    }
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant claim_not_read "the same condition, and conditional_check_failed is caught and logged"
      story "The second one claims nothing, and orders."
      expect violated at every level {
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ConditionExpression: "uses < :one",
                  ExpressionAttributeValues: {":one": 1}};
    } catch conditional_check_failed { }
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant old_value_ignored "UpdateItem with ReturnValues: ALL_OLD, and nobody looks at it; order"
      story "The answer says that it was used already, to nobody."
      expect violated at every level {
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ExpressionAttributeValues: {":one": 1},
                ReturnValues: "ALL_OLD"};
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant order_in_the_coupon "one UpdateItem: the condition, the use, and list_append of the order"
      story "No loss: claim and grant are one item, and one step."
      expect holds at every level {
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = uses + :one, orders = list_append(orders, :order)",
                  ConditionExpression: "uses < :one", ExpressionAttributeValues: {":one": 1, ":order": [{buyer: me}]}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant append_if_there_is_room "list_append of the order with the condition size(orders) < 1"
      story "No loss: the list is the limit."
      expect holds at every level {
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET orders = list_append(orders, :order)",
                  ConditionExpression: "size(orders) < :one", ExpressionAttributeValues: {":one": 1, ":order": [{buyer: me}]}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant check_before_the_transaction "GetItem and check, then TransactWriteItems of claim and order without a condition"
      story "Both found it unused; claim and order are one step, in both requests."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ExpressionAttributeValues: {":one": 1}}},
        {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    }
    respond 200;
  }

  variant condition_check_of_another_item "TransactWriteItems of the order, with a ConditionCheck that the coupon exists"
      story "A ConditionCheck holds the item it looks at, and looks for the wrong thing: it has been there all the time."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {ConditionCheck: {TableName: "coupons", Key: {code: code}, ConditionExpression: "attribute_exists(code)"}},
        {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    }
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ExpressionAttributeValues: {":one": 1}};
    respond 200;
  }

  variant claim_and_order_in_transaction "both with the condition in TransactWriteItems; transaction_canceled asks which it was"
      story "No loss: again where somebody else held an item, 409 where the coupon is used."
      expect holds at every level {
    retry on transaction_canceled {
      let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
      if coupon.uses >= 1 { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ConditionExpression: "uses < :one",
                  ExpressionAttributeValues: {":one": 1}}},
        {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    }
    respond 200;
  }

  variant transaction_without_retry "the same, and transaction_canceled goes to the customer"
      story "The coupon is used once, and the other customer sees an internal error."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one", ConditionExpression: "uses < :one",
                ExpressionAttributeValues: {":one": 1}}},
      {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition of the claim; claim and order in TransactWriteItems"
      story "No loss: who finds another version writes no order."
      expect holds at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    try {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":one": 1, ":seen": coupon.version}}},
        {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    } catch transaction_canceled {
      respond 503;
    }
    respond 200;
  }

  variant unread_version "a version, and conditional_check_failed is caught and logged"
      story "The version says no; the order is discounted."
      expect violated at every level {
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.uses >= 1 { respond 409; }
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET uses = :one, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":one": 1, ":seen": coupon.version}};
    } catch conditional_check_failed { }
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant insert_redemption "PutItem of a redemption with attribute_not_exists(code), then the order"
      story "Claimed once. A crash between the two, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      PutItem {TableName: "redemptions", Item: {code: code, buyer: me}, ConditionExpression: "attribute_not_exists(code)"};
    } catch conditional_check_failed {
      respond 409;
    }
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant partiql_insert "the same as PartiQL: INSERT fails with duplicate_item"
      story "Claimed once: INSERT is the one that does not replace. A crash between the two, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      shop> INSERT INTO "redemptions" VALUE {'code': :code, 'buyer': :me};
    } catch duplicate_item {
      respond 409;
    }
    shop> INSERT INTO "orders" VALUE {'id': :me, 'code': :code};
    respond 200;
  }

  variant put_redemption "PutItem of a redemption without a condition, then the order"
      story "PutItem replaces: the second one's redemption is written over the first one's, and both order."
      expect violated at every level {
    let known = GetItem {TableName: "redemptions", Key: {code: code}, ConsistentRead: true};
    if known.found { respond 409; }
    PutItem {TableName: "redemptions", Item: {code: code, buyer: me}};
    PutItem {TableName: "orders", Item: {id: me, code: code}};
    respond 200;
  }

  variant unique_order "redemption with attribute_not_exists and order in TransactWriteItems"
      story "No loss: an item for each value that must be there once, written together with what has it."
      expect holds at every level {
    retry on transaction_canceled {
      let known = GetItem {TableName: "redemptions", Key: {code: code}, ConsistentRead: true};
      if known.found { respond 409; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "redemptions", Item: {code: code, buyer: me}, ConditionExpression: "attribute_not_exists(code)"}},
        {Put: {TableName: "orders", Item: {id: me, code: code}}}]};
    }
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, look, order, DeleteItem"
      story "The lease is over before the order is written."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: code, holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.orders_length = 0 {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET orders = list_append(orders, :order)",
                  ExpressionAttributeValues: {":order": [{buyer: me}]}};
    }
    DeleteItem {TableName: "locks", Key: {id: code}};
    if coupon.orders_length > 0 { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: code, holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.orders_length = 0 {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET orders = list_append(orders, :order)",
                  ExpressionAttributeValues: {":order": [{buyer: me}]}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: code}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if coupon.orders_length > 0 { respond 409; }
    respond 200;
  }

  variant claim_with_a_time "a claim item with a TTL, look, order"
      story "It brings back the claim of a crashed order, and of a slow one: the next one claims, both order."
      expect violated at every level {
    try {
      PutItem {TableName: "claims", Item: {code: code, ends: 600}, ConditionExpression: "attribute_not_exists(code)"};
    } catch conditional_check_failed {
      respond 409;
    }
    let coupon = GetItem {TableName: "coupons", Key: {code: code}, ConsistentRead: true};
    if coupon.orders_length > 0 { respond 409; }
    UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET orders = list_append(orders, :order)",
                ExpressionAttributeValues: {":order": [{buyer: me}]}};
    respond 200;
  }

  variant claim_with_a_time_and_condition "the same, and the order is appended under the condition size(orders) < 1"
      story "No loss: the claim keeps most away and gives itself back; what decides is the condition."
      expect holds at every level {
    try {
      PutItem {TableName: "claims", Item: {code: code, ends: 600}, ConditionExpression: "attribute_not_exists(code)"};
    } catch conditional_check_failed {
      respond 409;
    }
    try {
      UpdateItem {TableName: "coupons", Key: {code: code}, UpdateExpression: "SET orders = list_append(orders, :order)",
                  ConditionExpression: "size(orders) < :one", ExpressionAttributeValues: {":one": 1, ":order": [{buyer: me}]}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }
}

run order_with('SAVE50') * 2

always  "one order at most has the discount" {
  SELECT (SELECT count(*) FROM orders) + (SELECT sum(orders_length) FROM coupons) <= 1
}
finally "claimed if and only if granted" {
  SELECT NOT (EXISTS (SELECT 1 FROM coupons WHERE uses > 0) OR EXISTS (SELECT 1 FROM redemptions))
      OR (SELECT count(*) FROM orders) + (SELECT sum(orders_length) FROM coupons) > 0
}
finally "somebody got the discount, or may come again" {
  SELECT (SELECT count(*) FROM orders) + (SELECT sum(orders_length) FROM coupons) > 0
      OR EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', '503', 'crashed'))
}
finally "who was told 200 has the discount" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT count(*) FROM orders) + (SELECT sum(orders_length) FROM coupons)
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM claims) }
