-- The idempotency key is an item, two requests with the same key come at once, and one may crash or be sent again. The order that is paid
-- for is there, too: some variants claim it instead of a key. The charge is somebody else's: no ClientRequestToken covers it.
--
-- Seen only by `claimed if and only if charged`, while nobody is charged twice: claim_by_phase, optimistic_version, insert_key,
-- partiql_insert, old_value, unique_key, transaction_with_retry, each with a crash.
scenario idempotency_key_dynamodb "Two requests with one idempotency key in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "idem", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "leases", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  UpdateTimeToLive {TableName: "leases", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "orders", Item: {id: "order-7", phase: "open", version: 0, done: {"SS": ["order-6"]}}};
}

faults none;
faults crash <= 1;
faults crash <= 1, retry <= 1;

request pay(key) {

  variant naive "GetItem of the key, charge, PutItem"
      story "Both find no key, both charge; and GetItem may read what was there a moment ago, so that who comes later charges, too."
      expect violated at every level {
    let known = GetItem {TableName: "idem", Key: {id: key}};
    if known.found { respond 200; }
    call charge(key);
    PutItem {TableName: "idem", Item: {id: key, phase: "paid"}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both find no key, both charge."
      expect violated at every level {
    let known = GetItem {TableName: "idem", Key: {id: key}, ConsistentRead: true};
    if known.found { respond 200; }
    call charge(key);
    PutItem {TableName: "idem", Item: {id: key, phase: "paid"}};
    respond 200;
  }

  variant charge_then_condition "look, charge, then PutItem with attribute_not_exists"
      story "The condition says that the key was taken meanwhile, and the card is charged."
      expect violated at every level {
    let known = GetItem {TableName: "idem", Key: {id: key}, ConsistentRead: true};
    if known.found { respond 200; }
    call charge(key);
    try {
      PutItem {TableName: "idem", Item: {id: key, phase: "paid"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant charge_then_transaction "look, charge, then key and order in TransactWriteItems without a condition"
      story "The charge is no part of the transaction."
      expect violated at every level {
    let known = GetItem {TableName: "idem", Key: {id: key}, ConsistentRead: true};
    if known.found { respond 200; }
    call charge(key);
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "idem", Item: {id: key, phase: "paid"}}},
        {Update: {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}}}]};
    }
    respond 200;
  }

  variant claim_by_phase "UpdateItem of the order: open → charging as condition, charge, → paid"
      story "Charged once. A crash between the two, and the order says for ever that somebody is charging."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "charging", ":from_": "open"}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant claim_not_read "the same, and conditional_check_failed is caught and logged"
      story "The second one claims nothing, and charges."
      expect violated at every level {
    try {
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "charging", ":from_": "open"}};
    } catch conditional_check_failed { }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant optimistic_version "the version of the order that was read is the condition of the claim"
      story "Charged once: the version that was read can be claimed once. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase <> 'open' { respond 409; }
    try {
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":to_": "charging", ":one": 1, ":seen": order_.version}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant unread_version "the same, and conditional_check_failed is caught and logged"
      story "The version says no, and the card is charged again."
      expect violated at every level {
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase <> 'open' { respond 409; }
    try {
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":to_": "charging", ":one": 1, ":seen": order_.version}};
    } catch conditional_check_failed { }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant transaction_without_retry "claim of the order and key in TransactWriteItems, then charge; transaction_canceled goes to the customer"
      story "Charged once, and the other client sees an internal error."
      expect violated at every level {
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_", ConditionExpression: "phase = :from_",
                ExpressionAttributeValues: {":to_": "charging", ":from_": "open"}}},
      {Put: {TableName: "idem", Item: {id: key, phase: "charging"}}}]};
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant transaction_with_retry "the same; after transaction_canceled read, decide and try again"
      story "Charged once, and after the transaction. A crash between the two, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    retry on transaction_canceled {
      let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
      if order_.phase <> 'open' { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_", ConditionExpression: "phase = :from_",
                  ExpressionAttributeValues: {":to_": "charging", ":from_": "open"}}},
        {Put: {TableName: "idem", Item: {id: key, phase: "charging"}}}]};
    }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant token_then_charge "TransactWriteItems with the key as ClientRequestToken, then charge"
      story "The second one with the same token succeeds and does nothing, and nobody is told that it is the second: both charge."
      expect violated at every level {
    try {
      TransactWriteItems {ClientRequestToken: key, TransactItems: [
        {Put: {TableName: "idem", Item: {id: key, phase: "charging"}, ConditionExpression: "attribute_not_exists(id)"}}]};
    } catch transaction_canceled, transaction_in_progress {
      respond 423;
    }
    call charge(key);
    respond 200;
  }

  variant insert_key "PutItem of the key with attribute_not_exists, charge, mark as paid"
      story "Charged once. A crash after the claim, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      PutItem {TableName: "idem", Item: {id: key, phase: "charging"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(key);
    UpdateItem {TableName: "idem", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant partiql_insert "the same as PartiQL: INSERT, duplicate_item, UPDATE"
      story "Charged once. A crash after the claim, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      shop> INSERT INTO "idem" VALUE {'id': :key, 'phase': 'charging'};
    } catch duplicate_item {
      respond 409;
    }
    call charge(key);
    shop> UPDATE "idem" SET phase = 'paid' WHERE id = :key;
    respond 200;
  }

  variant old_value "PutItem without a condition, ReturnValues: ALL_OLD: nothing before means that it is mine"
      story "Charged once: what was replaced is told in the same step. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    let before = PutItem {TableName: "idem", Item: {id: key, phase: "taken"}, ReturnValues: "ALL_OLD"};
    if before.found { respond 409; }
    call charge(key);
    respond 200;
  }

  variant old_value_ignored "the same, and nobody looks at what was there before"
      story "PutItem replaces: the second one takes the key again, and charges."
      expect violated at every level {
    PutItem {TableName: "idem", Item: {id: key, phase: "taken"}, ReturnValues: "ALL_OLD"};
    call charge(key);
    respond 200;
  }

  variant unique_key "an item for the key with attribute_not_exists, and the claim of the order, in TransactWriteItems; charge"
      story "Charged once: the key says that somebody was here. A crash after it, and it is claimed for nothing."
      expect holds at every level, violated at every level with crash {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "idem", Item: {id: key, phase: "charging"}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :to_", ExpressionAttributeValues: {":to_": "charging"}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant taken_over "insert_key; who finds a claim that is not paid takes it over"
      story "The first one was slow, not dead: both charge."
      expect violated at every level {
    try {
      PutItem {TableName: "idem", Item: {id: key, phase: "charging"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed { }
    let known = GetItem {TableName: "idem", Key: {id: key}, ConsistentRead: true};
    if known.phase = 'paid' { respond 200; }
    call charge(key);
    UpdateItem {TableName: "idem", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant taken_over_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: whatever was left undone is done by the next one, and nothing twice."
      expect holds at every level {
    try {
      PutItem {TableName: "idem", Item: {id: key, phase: "charging"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed { }
    let known = GetItem {TableName: "idem", Key: {id: key}, ConsistentRead: true};
    if known.phase = 'paid' { respond 200; }
    call charge(key) key (key);
    UpdateItem {TableName: "idem", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant add_to_set "look, charge, ADD of the key to the set of those done"
      story "Adding twice is adding once, and charging twice is not."
      expect violated at every level {
    let known = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if known.done_length > 1 { respond 200; }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "ADD done :keys", ExpressionAttributeValues: {":keys": {"SS": [key]}}};
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, look, charge, remember, DeleteItem"
      story "The lease is over before the provider has answered."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: key, holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase = 'open' {
      call charge(key);
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    }
    DeleteItem {TableName: "locks", Key: {id: key}};
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the provider has answered, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: key, holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase = 'open' {
      call charge(key);
      UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: key}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    respond 200;
  }

  variant claim_for_a_time "a claim with a TTL, charge; what is paid is told by the order"
      story "The TTL gives back the key of a crashed one, and of a slow one: both charge."
      expect violated at every level {
    try {
      PutItem {TableName: "leases", Item: {id: key, ends: 90}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase = 'paid' { respond 200; }
    call charge(key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }

  variant claim_for_a_time_with_provider_key "the same, and the provider gets the key, too"
      story "No loss: who takes over asks for the same charge."
      expect holds at every level {
    try {
      PutItem {TableName: "leases", Item: {id: key, ends: 90}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let order_ = GetItem {TableName: "orders", Key: {id: key}, ConsistentRead: true};
    if order_.phase = 'paid' { respond 200; }
    call charge(key) key (key);
    UpdateItem {TableName: "orders", Key: {id: key}, UpdateExpression: "SET phase = :paid", ExpressionAttributeValues: {":paid": "paid"}};
    respond 200;
  }
}

run pay('order-7') * 2

always  "one key is charged at most once" { SELECT count(*) <= 1 FROM charge }
finally "claimed if and only if charged" {
  SELECT NOT (EXISTS (SELECT 1 FROM idem) OR EXISTS (SELECT 1 FROM orders WHERE phase <> 'open')) OR EXISTS (SELECT 1 FROM charge)
}
finally "the customer was charged, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM charge) OR EXISTS (SELECT 1 FROM responses WHERE status IN ('423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM leases) }
