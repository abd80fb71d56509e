-- Hold, or reservation: a seat is held while its buyer pays, and a job frees what was not paid in time.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario hold "A hold ends while its buyer pays"

database hall dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "seats", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "seats", Item: {id: 1, phase: "held", holder: "ann"}};
}

-- That a hold is over is not told by a clock here: `sweep` may come at any moment.

request pay(id, buyer) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "look whether the hold is still good, charge, book"
      story "The hold ends between the look and the booking: charged, and the seat is somebody else's."
      expect violated {
    let seat = GetItem {TableName: "seats", Key: {id}, ConsistentRead: true};
    if seat.phase <> 'held' OR seat.holder <> buyer { respond 410; }
    call charge(buyer);                      -- somebody else's server: a step of its own, and nothing takes it back
    try {
      UpdateItem {
        TableName: "seats",
        Key: {id},
        UpdateExpression: "SET phase = :booked",
        ConditionExpression: "phase = :held AND holder = :buyer",
        ExpressionAttributeValues: {":held": "held", ":booked": "booked", ":buyer": buyer}
      };
    } catch conditional_check_failed {
      respond 500;
    }
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant state_machine "held → paying before the charge, paying → booked after it"
      story "No loss: what is being paid is no longer held, so that the job leaves it alone."
      expect holds {
    try {
      UpdateItem {
        TableName: "seats",
        Key: {id},
        UpdateExpression: "SET phase = :paying",
        ConditionExpression: "phase = :held AND holder = :buyer",
        ExpressionAttributeValues: {":held": "held", ":paying": "paying", ":buyer": buyer}
      };
    } catch conditional_check_failed {
      respond 410;
    }
    call charge(buyer);
    UpdateItem {
      TableName: "seats",
      Key: {id},
      UpdateExpression: "SET phase = :booked",
      ExpressionAttributeValues: {":booked": "booked"}
    };
    respond 200;
  }
}

request hold_seat(id, buyer) {
  try {
    UpdateItem {
      TableName: "seats",
      Key: {id},
      UpdateExpression: "SET phase = :held, holder = :buyer",
      ConditionExpression: "phase = :free",
      ExpressionAttributeValues: {":free": "free", ":held": "held", ":buyer": buyer}
    };
  } catch conditional_check_failed {
    respond 409;
  }
  respond 200;
}

request sweep() {
  try {
    UpdateItem {
      TableName: "seats",
      Key: {id: 1},
      UpdateExpression: "SET phase = :free REMOVE holder",
      ConditionExpression: "phase = :held",
      ExpressionAttributeValues: {":held": "held", ":free": "free"}
    };
  } catch conditional_check_failed {
    respond 200;
  }
}

-- A job runs at any time, and once more at the end.
run pay(1, 'ann'), hold_seat(1, 'bob'), job sweep()

finally "who was charged has the seat" {
  SELECT NOT EXISTS (SELECT 1 FROM charge c
                     WHERE NOT EXISTS (SELECT 1 FROM seats s WHERE s.phase = 'booked' AND s.holder = c.buyer))
}
finally "who has the seat was charged" {
  SELECT NOT EXISTS (SELECT 1 FROM seats s
                     WHERE s.phase = 'booked' AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.buyer = s.holder))
}
