-- Subscription: the renewal job charges for a month while the customer cancels.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario subscription "A renewal and a cancellation at the same time"

database app dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "subscriptions", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "subscriptions", Item: {id: 1, phase: "active", months: 0}};
}

request renew(id) {

  -- The job as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem, charge, UpdateItem"
      story "The cancellation is confirmed between the look and the charge: the customer pays, and is active again."
      expect violated {
    let found = GetItem {TableName: "subscriptions", Key: {id}, ConsistentRead: true};
    if found.phase <> 'active' { respond 409; }
    call charge(id);                         -- somebody else's server: a step of its own, and nothing takes it back
    UpdateItem {
      TableName: "subscriptions",
      Key: {id},
      UpdateExpression: "SET phase = :active, months = :months",
      ExpressionAttributeValues: {":active": "active", ":months": found.months + 1}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "active → renewing → active, each by a ConditionExpression"
      story "No loss: whoever comes first decides, and the other one is told so before anything is charged."
      expect holds {
    try {
      UpdateItem {
        TableName: "subscriptions",
        Key: {id},
        UpdateExpression: "SET phase = :renewing",
        ConditionExpression: "phase = :active",
        ExpressionAttributeValues: {":active": "active", ":renewing": "renewing"}
      };
    } catch conditional_check_failed {
      respond 409;
    }
    call charge(id);
    UpdateItem {
      TableName: "subscriptions",
      Key: {id},
      UpdateExpression: "SET phase = :active, months = months + :one",
      ExpressionAttributeValues: {":active": "active", ":one": 1}
    };
    respond 200;
  }
}

request cancel(id) {
  try {
    UpdateItem {
      TableName: "subscriptions",
      Key: {id},
      UpdateExpression: "SET phase = :cancelled",
      ConditionExpression: "phase = :active",
      ExpressionAttributeValues: {":active": "active", ":cancelled": "cancelled"}
    };
  } catch conditional_check_failed {
    respond 409;
  }
  effect confirmed(id);                      -- the customer has it in writing
  respond 200;
}

run renew(1), cancel(1)

-- `history` sees the order of effects: each of their tables has a column `position`.
history "no charge after the cancellation was confirmed" {
  SELECT NOT EXISTS (SELECT 1 FROM charge a WHERE EXISTS (SELECT 1 FROM confirmed b WHERE b.position < a.position))
}
finally "who cancelled stays cancelled" {
  SELECT NOT EXISTS (SELECT 1 FROM confirmed) OR (SELECT phase = 'cancelled' FROM subscriptions WHERE id = 1)
}
finally "who was charged has the month" {
  SELECT (SELECT months FROM subscriptions WHERE id = 1) = (SELECT count(*) FROM charge)
}
