-- subscription.gap with the status in DynamoDB. The renewal is a job: it runs at any time, and once more when everything else is over.
--
-- Seen only by the history `no charge after the cancellation was confirmed`: add_only, charge_then_transaction, claim_by_months,
-- insert_period, as long as nobody crashes.
scenario subscription_dynamodb "A renewal and a cancellation of a subscription in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "subs", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "periods", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "subs", Item: {id: 1, status: "active", months: 1, version: 0}};
  PutItem {TableName: "periods", Item: {id: "1-1"}};
}

faults none;
faults crash <= 1;

request renew(id) {

  variant naive "GetItem, charge, PutItem"
      story "The cancellation is written over: charged after it, and active again. GetItem may read that it is active long after."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    PutItem {TableName: "subs", Item: {id: id, status: "active", months: sub.months + 1, version: sub.version}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "The cancellation is written over: charged after it, and active again."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    PutItem {TableName: "subs", Item: {id: id, status: "active", months: sub.months + 1, version: sub.version}};
    respond 200;
  }

  variant add_only "GetItem, charge, ADD months, and the status left alone"
      story "The month is counted right, and the customer was charged after the cancellation."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one", ExpressionAttributeValues: {":one": 1}};
    respond 200;
  }

  variant charge_then_transaction "GetItem, charge, then month and period in TransactWriteItems without a condition"
      story "Both writes in one step, and the charge was made before it."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one", ExpressionAttributeValues: {":one": 1}}},
      {Put: {TableName: "periods", Item: {id: '1-' || (sub.months + 1)}}}]};
    respond 200;
  }

  variant version_after_charge "read a version, charge, write on condition that it is still the same"
      story "The condition says that a cancellation came in between; the charge has been made."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one, version :one", ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":one": 1, ":seen": sub.version}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant unread_version "the same, and conditional_check_failed is caught and logged"
      story "The write does nothing, and the answer is 200."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one, version :one", ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":one": 1, ":seen": sub.version}};
    } catch conditional_check_failed { }
    respond 200;
  }

  variant version_before_charge "active → renewing by the version that was read, charge; run again, it goes on"
      story "No loss: the claim takes place or is told not to, and a crash is made good by the next run."
      expect holds at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status = 'cancelled' OR sub.months > 1 { respond 409; }
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :renewing ADD version :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeNames: {"#s": "status"},
                  ExpressionAttributeValues: {":renewing": "renewing", ":one": 1, ":seen": sub.version}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id) key (id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active, months = :two ADD version :one",
                ConditionExpression: "#s = :renewing", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":active": "active", ":renewing": "renewing", ":two": 2, ":one": 1}};
    respond 200;
  }

  variant transaction_without_retry "GetItem, charge, then month and period in TransactWriteItems on condition that it is active"
      story "The write is canceled after the charge, and nobody tries again."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    call charge(id);
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one", ConditionExpression: "#s = :active",
                ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":one": 1, ":active": "active"}}},
      {Put: {TableName: "periods", Item: {id: '1-' || (sub.months + 1)}}}]};
    respond 200;
  }

  variant transaction_with_retry "claim of status and period in TransactWriteItems, again after transaction_canceled; charge after it"
      story "No charge after a cancellation; a crash after the claim, and it renews for ever."
      expect holds at every level, violated at every level with crash {
    retry on transaction_canceled {
      let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
      if sub.status <> 'active' OR sub.months > 1 { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :renewing", ConditionExpression: "#s = :active",
                  ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":renewing": "renewing", ":active": "active"}}},
        {Put: {TableName: "periods", Item: {id: '1-' || (sub.months + 1)}, ConditionExpression: "attribute_not_exists(id)"}}]};
    }
    call charge(id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active ADD months :one",
                ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":active": "active", ":one": 1}};
    respond 200;
  }

  variant claim_then_charge "active → renewing as condition, charge, renewing → active"
      story "Each condition has its from-state. A crash after the first: renewing for ever."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :renewing",
                  ConditionExpression: "#s = :active AND months = :one", ExpressionAttributeNames: {"#s": "status"},
                  ExpressionAttributeValues: {":renewing": "renewing", ":active": "active", ":one": 1}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active ADD months :one",
                ConditionExpression: "#s = :renewing", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":renewing": "renewing", ":active": "active", ":one": 1}};
    respond 200;
  }

  variant partiql "the same as PartiQL"
      story "Each WHERE has its from-state. A crash after the first: renewing for ever."
      expect holds at every level, violated at every level with crash {
    try {
      shop> UPDATE "subs" SET "status" = 'renewing' WHERE id = :id AND "status" = 'active' AND months = 1;
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id);
    shop> UPDATE "subs" SET "status" = 'active' SET months = months + 1 WHERE id = :id AND "status" = 'renewing';
    respond 200;
  }

  variant state_machine "the same, and who is run again goes on where it was left"
      story "No loss: the next run finds `renewing`, and asks for the same charge once more."
      expect holds at every level {
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :renewing",
                  ConditionExpression: "#s IN (:active, :renewing) AND months = :one", ExpressionAttributeNames: {"#s": "status"},
                  ExpressionAttributeValues: {":renewing": "renewing", ":active": "active", ":one": 1}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id) key (id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active, months = :two",
                ConditionExpression: "#s = :renewing", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":renewing": "renewing", ":active": "active", ":two": 2}};
    respond 200;
  }

  variant claim_by_months "look, claim on condition that the months are as they were read, charge"
      story "The condition asks for what a cancellation does not change."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    try {
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one", ConditionExpression: "months = :seen",
                  ExpressionAttributeValues: {":one": 1, ":seen": sub.months}};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id);
    respond 200;
  }

  variant insert_period "look, PutItem of the month with attribute_not_exists, charge"
      story "No month is charged twice, and nobody looks whether the subscription was cancelled since."
      expect violated at every level {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' OR sub.months > 1 { respond 409; }
    try {
      PutItem {TableName: "periods", Item: {id: '1-' || (sub.months + 1)}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id);
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "ADD months :one", ExpressionAttributeValues: {":one": 1}};
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, charge, SET, DeleteItem"
      story "The lease is over before the charge is, and the cancellation comes in."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "sub-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status = 'active' AND sub.months = 1 {
      call charge(id) key (id);
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active, months = :two",
                  ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":active": "active", ":two": 2}};
    }
    DeleteItem {TableName: "locks", Key: {id: "sub-1"}};
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the charge is, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "sub-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status = 'active' AND sub.months = 1 {
      call charge(id) key (id);
      UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :active, months = :two",
                  ExpressionAttributeNames: {"#s": "status"}, ExpressionAttributeValues: {":active": "active", ":two": 2}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "sub-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    respond 200;
  }
}

request cancel(id) {
  variant naive, consistent_read {
    let sub = GetItem {TableName: "subs", Key: {id: id}, ConsistentRead: true};
    if sub.status <> 'active' { respond 409; }
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :cancelled", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":cancelled": "cancelled"}};
    effect cancelled(id);
    respond 200;
  }
  variant add_only, charge_then_transaction, version_after_charge, unread_version, version_before_charge, transaction_without_retry,
          transaction_with_retry, claim_then_charge, partiql, state_machine, claim_by_months, insert_period {
    try {
      retry on transaction_conflict {                       -- as the SDK does
        UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :cancelled ADD version :one",
                    ConditionExpression: "#s = :active", ExpressionAttributeNames: {"#s": "status"},
                    ExpressionAttributeValues: {":cancelled": "cancelled", ":active": "active", ":one": 1}};
      }
    } catch conditional_check_failed {
      respond 409;
    }
    effect cancelled(id);
    respond 200;
  }
  variant lock_and_delete {
    try {
      PutItem {TableName: "locks", Item: {id: "sub-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :cancelled", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":cancelled": "cancelled"}};
    effect cancelled(id);
    DeleteItem {TableName: "locks", Key: {id: "sub-1"}};
    respond 200;
  }
  variant compare_and_delete {
    try {
      PutItem {TableName: "locks", Item: {id: "sub-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    UpdateItem {TableName: "subs", Key: {id: id}, UpdateExpression: "SET #s = :cancelled", ExpressionAttributeNames: {"#s": "status"},
                ExpressionAttributeValues: {":cancelled": "cancelled"}};
    effect cancelled(id);
    try {
      DeleteItem {TableName: "locks", Key: {id: "sub-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    respond 200;
  }
}

run job renew(1), cancel(1) * 1

always  "one renewal is charged once" { SELECT count(*) <= 1 FROM charge }
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled c JOIN charge p ON c.position < p.position)
}
finally "who was charged has the month" { SELECT months = 1 + (SELECT count(*) FROM charge) FROM subs }
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM cancelled) OR (SELECT status FROM subs) = 'cancelled'
}
finally "no renewal is under way for ever" { SELECT status <> 'renewing' FROM subs }
