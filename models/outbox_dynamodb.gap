-- outbox.gap in DynamoDB: the message is an item of its own, or an attribute of the order's item, where no transaction is needed. In all
-- but the first variant the warehouse knows what it has shipped.
--
-- Seen only by `paid if and only if shipped`: send_after_write, two_items, take_then_send, each with a crash.
scenario outbox_dynamodb "An order in DynamoDB is paid, and the warehouse must hear of it"

database shop dynamodb {
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "outbox", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "shipments", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "parcels", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  PutItem {TableName: "orders", Item: {id: 7, phase: "open"}};
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request pay(id) {

  variant send_after_write "UpdateItem, then send"
      story "A crash between the two: paid, and the warehouse never hears of it."
      expect holds at every level, violated at every level with crash, violated at every level with duplicate {
    try {
      UpdateItem {TableName: "orders", Key: {id: id}, UpdateExpression: "SET phase = :paid", ConditionExpression: "phase = :open",
                  ExpressionAttributeValues: {":paid": "paid", ":open": "open"}};
    } catch conditional_check_failed {
      respond 409;
    }
    send ship(id);
    respond 200;
  }

  variant two_items "UpdateItem of the order, then PutItem into the outbox; a job sends it"
      story "Two items, two steps: a crash between them, and the outbox is as deaf as the warehouse."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "orders", Key: {id: id}, UpdateExpression: "SET phase = :paid", ConditionExpression: "phase = :open",
                  ExpressionAttributeValues: {":paid": "paid", ":open": "open"}};
    } catch conditional_check_failed {
      respond 409;
    }
    PutItem {TableName: "outbox", Item: {id: id}};
    respond 200;
  }

  variant take_then_send "order and outbox in TransactWriteItems; the job takes the message out (ReturnValues: ALL_OLD), then sends it"
      story "No message is sent twice. A crash of the job after it has taken one, and it is sent never."
      expect holds at every level, violated at every level with crash {
    try {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "orders", Key: {id: id}, UpdateExpression: "SET phase = :paid", ConditionExpression: "phase = :open",
                  ExpressionAttributeValues: {":paid": "paid", ":open": "open"}}},
        {Put: {TableName: "outbox", Item: {id: id}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    respond 200;
  }

  variant outbox_in_transaction "order and outbox in TransactWriteItems; the job sends, then deletes"
      story "No loss: at least once from the outbox, at most once in the warehouse."
      expect holds at every level {
    try {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "orders", Key: {id: id}, UpdateExpression: "SET phase = :paid", ConditionExpression: "phase = :open",
                  ExpressionAttributeValues: {":paid": "paid", ":open": "open"}}},
        {Put: {TableName: "outbox", Item: {id: id}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    respond 200;
  }

  variant outbox_in_the_order "one UpdateItem: open → paid and the message; the job sends, then removes it"
      story "No loss, and no transaction: order and message are one item."
      expect holds at every level {
    try {
      UpdateItem {TableName: "orders", Key: {id: id}, UpdateExpression: "SET phase = :paid, message = :ship",
                  ConditionExpression: "phase = :open", ExpressionAttributeValues: {":paid": "paid", ":open": "open", ":ship": "ship"}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }
}

request relay() {
  variant send_after_write { }
  variant two_items, outbox_in_transaction {
    for message in Scan {TableName: "outbox", ConsistentRead: true} {
      send ship(message.id);
      retry on transaction_conflict { DeleteItem {TableName: "outbox", Key: {id: message.id}}; }
    }
  }
  variant take_then_send {
    for message in Scan {TableName: "outbox", ConsistentRead: true} {
      retry on transaction_conflict {
        let mine = DeleteItem {TableName: "outbox", Key: {id: message.id}, ReturnValues: "ALL_OLD"};
        if mine.found { send ship(mine.id); }
      }
    }
  }
  variant outbox_in_the_order {
    for due in Scan {TableName: "orders", FilterExpression: "attribute_exists(message)", ConsistentRead: true} {
      send ship(due.id);
      UpdateItem {TableName: "orders", Key: {id: due.id}, UpdateExpression: "REMOVE message"};
    }
  }
}

request ship(id) {
  variant send_after_write {
    PutItem {TableName: "parcels", Item: {id: id}};
    effect shipped(id);
    respond 200;
  }
  variant two_items, take_then_send, outbox_in_transaction, outbox_in_the_order {
    try {
      PutItem {TableName: "shipments", Item: {id: id}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 200;
    }
    effect shipped(id);
    respond 200;
  }
}

run pay(7), job relay()

always  "nothing is shipped that is not paid" {
  SELECT NOT EXISTS (SELECT 1 FROM shipped) OR EXISTS (SELECT 1 FROM orders WHERE phase = 'paid')
}
always  "one parcel an order" { SELECT count(*) <= 1 FROM shipped }
finally "paid if and only if shipped" {
  SELECT EXISTS (SELECT 1 FROM orders WHERE phase = 'paid') = EXISTS (SELECT 1 FROM shipped)
}
