-- inventory.gap in DynamoDB: one unit is there; somebody asks for two, others for one: one of those must be served. The orders are
-- items, or elements of a list of the product's item.
--
-- Seen only by `every unit sold has left the stock`: stock_then_order with a crash. Only by `the honest order is served, or told to come
-- again`: add_then_repair. Only by `who was told 200 has an order`: put_whole_item. Only by `nobody sees an internal error`:
-- transaction_without_retry.
scenario inventory_dynamodb "One unit in DynamoDB; one customer asks for two"

database shop dynamodb {
  CreateTable {TableName: "products", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "orders", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "units", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "sold", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "holds", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  UpdateTimeToLive {TableName: "holds", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "products", Item: {id: "tea", stock: 1, version: 0, orders: []}};
  PutItem {TableName: "units", Item: {id: 1, phase: "for sale", quantity: 0}};
}

faults none;
faults crash <= 1;

request buy(quantity) {

  variant naive "GetItem, check, UpdateItem, order"
      story "GetItem may read what was there a moment ago: one order after the other, and the unit is sold twice."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}};
    if product.stock < quantity { respond 409; }
    UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new",
                ExpressionAttributeValues: {":new": product.stock - quantity}};
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Two orders that the one unit is enough for alone both come through."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new",
                ExpressionAttributeValues: {":new": product.stock - quantity}};
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant put_whole_item "GetItem, check, PutItem of the whole item with its order: what a mapper's save() sends"
      story "The second item replaces the first one, and its order."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    PutItem {TableName: "products",
             Item: {id: "tea", stock: product.stock - quantity, version: product.version, orders: [{quantity: quantity}]}};
    respond 200;
  }

  variant put_whole_item_with_version "the same with the version that was read as condition: a mapper's version attribute"
      story "No loss: who finds another version is told to come again."
      expect holds at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    try {
      PutItem {TableName: "products",
               Item: {id: "tea", stock: product.stock - quantity, version: product.version + 1, orders: [{quantity: quantity}]},
               ConditionExpression: "version = :seen", ExpressionAttributeValues: {":seen": product.version}};
    } catch conditional_check_failed {
      respond 423;
    }
    respond 200;
  }

  variant subtract_after_check "GetItem, check, SET stock = stock - :n, order"
      story "The subtraction has no floor."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n", ExpressionAttributeValues: {":n": quantity}};
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant add_then_repair "ADD of a negative number with ReturnValues: UPDATED_NEW; below zero ADD it back"
      story "While the order for two holds its -1, the order for one finds -2 and is refused; the unit stays on the shelf."
      expect violated at every level {
    let left_ = UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "ADD stock :n",
                            ExpressionAttributeValues: {":n": -quantity}, ReturnValues: "UPDATED_NEW"};
    if left_.stock < 0 {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "ADD stock :n", ExpressionAttributeValues: {":n": quantity}};
      respond 409;
    }
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant stock_then_order "UpdateItem with the condition stock >= :n, then the order"
      story "Nothing is sold twice. A crash between the two items: a unit that nobody bought is not for sale any more."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n", ConditionExpression: "stock >= :n",
                  ExpressionAttributeValues: {":n": quantity}};
    } catch conditional_check_failed {
      respond 409;
    }
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant order_in_the_product "the same condition, stock and list_append of the order in one UpdateItem"
      story "No loss: stock and order are one item."
      expect holds at every level {
    try {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n, orders = list_append(orders, :order)",
                  ConditionExpression: "stock >= :n", ExpressionAttributeValues: {":n": quantity, ":order": [{quantity: quantity}]}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant partiql "the same as PartiQL: UPDATE … SET … SET … WHERE id = … AND stock >= …"
      story "No loss: the same in other words."
      expect holds at every level {
    try {
      shop> UPDATE "products" SET stock = stock - :quantity SET orders = list_append(orders, [{'quantity': :quantity}])
            WHERE id = 'tea' AND stock >= :quantity;
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant check_before_the_transaction "GetItem and check, then TransactWriteItems of stock and order without a condition"
      story "The transaction makes one step of what was decided before it."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n",
                  ExpressionAttributeValues: {":n": quantity}}},
        {Put: {TableName: "orders", Item: {id: me, quantity: quantity}}}]};
    }
    respond 200;
  }

  variant transaction_without_retry "stock with its condition and order in TransactWriteItems; transaction_canceled goes to the customer"
      story "The unit is sold once, and who is refused sees an internal error."
      expect violated at every level {
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n", ConditionExpression: "stock >= :n",
                ExpressionAttributeValues: {":n": quantity}}},
      {Put: {TableName: "orders", Item: {id: me, quantity: quantity}}}]};
    respond 200;
  }

  variant transaction_with_retry "the same; after transaction_canceled read, decide and try again"
      story "No loss."
      expect holds at every level {
    retry on transaction_canceled {
      let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
      if product.stock < quantity { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n", ConditionExpression: "stock >= :n",
                  ExpressionAttributeValues: {":n": quantity}}},
        {Put: {TableName: "orders", Item: {id: me, quantity: quantity}}}]};
    }
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition, stock and order in TransactWriteItems, and another attempt"
      story "No loss."
      expect holds at every level {
    retry on transaction_canceled {
      let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
      if product.stock < quantity { respond 409; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": product.stock - quantity, ":one": 1, ":seen": product.version}}},
        {Put: {TableName: "orders", Item: {id: me, quantity: quantity}}}]};
    }
    respond 200;
  }

  variant unread_version "the same version, and conditional_check_failed is caught and logged"
      story "The version says no, and the second order is confirmed."
      expect violated at every level {
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    try {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": product.stock - quantity, ":one": 1, ":seen": product.version}};
    } catch conditional_check_failed { }
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    respond 200;
  }

  variant unit_then_order "PutItem of a sold unit with attribute_not_exists(id), then the order, then the stock"
      story "One unit, one owner. A crash before the order, and it is sold to nobody."
      expect holds at every level, violated at every level with crash {
    if quantity > 1 { respond 409; }
    try {
      PutItem {TableName: "sold", Item: {id: 1, buyer: me}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    PutItem {TableName: "orders", Item: {id: me, quantity: quantity}};
    UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :one", ExpressionAttributeValues: {":one": 1}};
    respond 200;
  }

  variant unique_unit "the sold unit with attribute_not_exists(id), the order and the stock in TransactWriteItems"
      story "No loss: a unit has one order."
      expect holds at every level {
    if quantity > 1 { respond 409; }
    retry on transaction_canceled {
      let known = GetItem {TableName: "sold", Key: {id: 1}, ConsistentRead: true};
      if known.found { respond 409; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "sold", Item: {id: 1, buyer: me}, ConditionExpression: "attribute_not_exists(id)"}},
        {Put: {TableName: "orders", Item: {id: me, quantity: quantity}}},
        {Update: {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :one",
                  ExpressionAttributeValues: {":one": 1}}}]};
    }
    respond 200;
  }

  variant state_machine "UpdateItem of a unit: for sale → sold, with the order in it"
      story "No loss: units are items, and the from-state is the condition."
      expect holds at every level {
    if quantity > 1 { respond 409; }
    try {
      UpdateItem {TableName: "units", Key: {id: 1}, UpdateExpression: "SET phase = :sold, quantity = :n", ConditionExpression: "phase = :from",
                  ExpressionAttributeValues: {":sold": "sold", ":from": "for sale", ":n": quantity}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, SET, order, DeleteItem"
      story "The lease is over before the order is written."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "tea", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock >= quantity {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new, orders = list_append(orders, :order)",
                  ExpressionAttributeValues: {":new": product.stock - quantity, ":order": [{quantity: quantity}]}};
    }
    DeleteItem {TableName: "locks", Key: {id: "tea"}};
    if product.stock < quantity { respond 409; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the order is written, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "tea", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock >= quantity {
      UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = :new, orders = list_append(orders, :order)",
                  ExpressionAttributeValues: {":new": product.stock - quantity, ":order": [{quantity: quantity}]}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "tea"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if product.stock < quantity { respond 409; }
    respond 200;
  }

  variant hold_with_a_time "a hold item with a TTL, look, order"
      story "The hold brings back what a crash took. It also ends under a slow order, and the unit is sold twice."
      expect violated at every level {
    if quantity > 1 { respond 409; }
    try {
      PutItem {TableName: "holds", Item: {id: 1, ends: 600}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let product = GetItem {TableName: "products", Key: {id: "tea"}, ConsistentRead: true};
    if product.stock < quantity { respond 409; }
    UpdateItem {TableName: "products", Key: {id: "tea"}, UpdateExpression: "SET stock = stock - :n, orders = list_append(orders, :order)",
                ExpressionAttributeValues: {":n": quantity, ":order": [{quantity: quantity}]}};
    respond 200;
  }
}

run buy(2), buy(1) * 2

always  "no more is ordered than there was" {
  SELECT (SELECT coalesce(sum(quantity), 0) FROM orders) + (SELECT coalesce(sum(quantity), 0) FROM products_orders)
       + (SELECT sum(quantity) FROM units) <= 1
}
finally "every unit sold has left the stock" {
  SELECT (SELECT stock FROM products) + (SELECT coalesce(sum(quantity), 0) FROM orders)
       + (SELECT coalesce(sum(quantity), 0) FROM products_orders) = 1
}
finally "no unit is sold to nobody" { SELECT NOT EXISTS (SELECT 1 FROM sold) OR EXISTS (SELECT 1 FROM orders) }
finally "who was told 200 has an order" {
  SELECT (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT count(*) FROM orders) + (SELECT count(*) FROM products_orders) + (SELECT count(*) FROM units WHERE phase = 'sold')
}
finally "the honest order is served, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', '423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) AND NOT EXISTS (SELECT 1 FROM holds) }
