-- withdraw.gap with the balance in DynamoDB: an item, or a ledger of numbered items. What is paid out is an effect, or an item of
-- `payments` that a worker pays out.
--
-- Seen only by `what was paid left the balance`: debit_then_record with a crash. Only by `who is refused is told …`:
-- transaction_without_retry. An old read (D-2) is a loss even one after the other: naive.
scenario withdraw_dynamodb "Two withdrawals of 60 race for a balance of 100 in DynamoDB"

database bank dynamodb {
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "payments", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "entries", KeySchema: [{AttributeName: "account", KeyType: "HASH"}, {AttributeName: "seq", KeyType: "RANGE"}]};
  CreateTable {TableName: "uniques", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "accounts", Item: {id: 1, balance: 100, version: 0, kind: "giro", paid: []}};
  PutItem {TableName: "entries", Item: {account: 1, seq: 1, balance: 100}};
}

faults none;
faults crash <= 1;

request withdraw(amount) {

  variant naive "GetItem, check, PutItem"
      story "GetItem may read what was there a moment ago: nobody overlaps, and 60 are paid out twice."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}};
    if account.balance < amount { respond 400; }
    PutItem {TableName: "accounts", Item: {id: 1, balance: account.balance - amount, version: 0, kind: "giro", paid: []}};
    effect paid(amount);
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both read 100, both pay out 60, both write 40: the read is of now, and the write is of later."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    PutItem {TableName: "accounts", Item: {id: 1, balance: account.balance - amount, version: 0, kind: "giro", paid: []}};
    effect paid(amount);
    respond 200;
  }

  variant wrong_condition "the condition asks for an attribute that nobody changes"
      story "The item is there and its kind is still `giro`; 100 is no longer there."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                ConditionExpression: "attribute_exists(id) AND kind = :kind",
                ExpressionAttributeValues: {":new": account.balance - amount, ":kind": account.kind}};
    effect paid(amount);
    respond 200;
  }

  variant subtract_without_condition "GetItem, check, SET balance = balance - :x"
      story "The subtraction is atomic and has no floor: both have seen 100, and it ends at -20."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ExpressionAttributeValues: {":x": amount}};
    effect paid(amount);
    respond 200;
  }

  variant returned_value_ignored "ADD of a negative number, ReturnValues: UPDATED_NEW, and nobody looks at it"
      story "The answer says -20, and the money leaves."
      expect violated at every level {
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": -amount},
                ReturnValues: "UPDATED_NEW"};
    effect paid(amount);
    respond 200;
  }

  variant guarded_update "UpdateItem with the condition balance >= :x"
      story "No loss: condition and change are one step."
      expect holds at every level {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }

  variant partiql "the same as PartiQL: UPDATE … WHERE id = … AND balance >= …"
      story "No loss: what WHERE asks beyond the key is the condition, and a false one is an error."
      expect holds at every level {
    try {
      bank> UPDATE "accounts" SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    } catch conditional_check_failed {
      respond 400;
    }
    effect paid(amount);
    respond 200;
  }

  variant guard_not_read "the same condition, and conditional_check_failed is caught and logged"
      story "The second one changes nothing; its customer gets the money all the same."
      expect violated at every level {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed { }
    effect paid(amount);
    respond 200;
  }

  variant debit_then_record "guarded UpdateItem, then PutItem of the payment, which a worker pays out"
      story "Two items, two steps: a crash between them, and the balance is short of a payment that is not there."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 400;
    }
    PutItem {TableName: "payments", Item: {id: me, amount: amount}};
    respond 200;
  }

  variant batch_write "the same as one BatchWriteItem of account and payment, after a check"
      story "One message, two steps, no condition: a batch is no transaction."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    BatchWriteItem {RequestItems: {
      "accounts": [{PutRequest: {Item: {id: 1, balance: account.balance - amount, version: 0, kind: "giro", paid: []}}}],
      "payments": [{PutRequest: {Item: {id: me, amount: amount}}}]}};
    respond 200;
  }

  variant debit_and_record_in_one_item "guarded UpdateItem: the balance, and list_append of the payment"
      story "No loss: the payment is part of the account's item, and one step."
      expect holds at every level {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x, paid = list_append(paid, :p)",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount, ":p": [{amount: amount}]}};
    } catch conditional_check_failed {
      respond 400;
    }
    respond 200;
  }

  variant check_before_the_transaction "GetItem and check, then TransactWriteItems of debit and payment without a condition"
      story "The transaction makes one step of what was decided before it."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                  ExpressionAttributeValues: {":x": amount}}},
        {Put: {TableName: "payments", Item: {id: me, amount: amount}}}]};
    }
    respond 200;
  }

  variant transaction_without_retry "guarded debit and payment in TransactWriteItems; transaction_canceled goes to the customer"
      story "Nothing is paid twice, and a customer sees an internal error."
      expect violated at every level {
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}}},
      {Put: {TableName: "payments", Item: {id: me, amount: amount}}}]};
    respond 200;
  }

  variant transaction_with_retry "the same; after transaction_canceled read, decide and try again"
      story "No loss: canceled is not yet refused, somebody else may only have held the item."
      expect holds at every level {
    retry on transaction_canceled {
      let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if account.balance < amount { respond 400; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x",
                  ConditionExpression: "balance >= :x", ExpressionAttributeValues: {":x": amount}}},
        {Put: {TableName: "payments", Item: {id: me, amount: amount}}}]};
    }
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition, and another attempt"
      story "No loss: an attempt fails only where another succeeded."
      expect holds at every level {
    retry up to 2 on conditional_check_failed {
      let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if account.balance < amount { respond 400; }
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": account.balance - amount, ":one": 1, ":seen": account.version}};
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant version_read_late "an eventually consistent read, the same condition, and another attempt"
      story "No loss: the write knows better than the read. But each attempt may read the same old version, and the customer is sent away."
      expect holds at every level {
    retry up to 2 on conditional_check_failed {
      let account = GetItem {TableName: "accounts", Key: {id: 1}};
      if account.balance < amount { respond 400; }
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": account.balance - amount, ":one": 1, ":seen": account.version}};
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant unread_version "the same version, and conditional_check_failed is caught and logged"
      story "The second UpdateItem changes nothing, and the money leaves."
      expect violated at every level {
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": account.balance - amount, ":one": 1, ":seen": account.version}};
    } catch conditional_check_failed { }
    effect paid(amount);
    respond 200;
  }

  variant insert_next_entry "numbered entries: PutItem of the next number with attribute_not_exists, and another attempt"
      story "No loss: the number after the last one that was read can be taken once."
      expect holds at every level {
    retry up to 2 on conditional_check_failed {
      let last = Query {TableName: "entries", KeyConditionExpression: "account = :a", ExpressionAttributeValues: {":a": 1},
                        ScanIndexForward: false, Limit: 1, ConsistentRead: true};
      if last.balance < amount { respond 400; }
      PutItem {TableName: "entries", Item: {account: 1, seq: last.seq + 1, balance: last.balance - amount},
               ConditionExpression: "attribute_not_exists(seq)"};
      effect paid(amount);
      respond 200;
    } exhausted {
      respond 409;
    }
  }

  variant put_next_entry "the same without a condition"
      story "PutItem replaces: the second entry 2 is written over the first."
      expect violated at every level {
    let last = Query {TableName: "entries", KeyConditionExpression: "account = :a", ExpressionAttributeValues: {":a": 1},
                      ScanIndexForward: false, Limit: 1, ConsistentRead: true};
    if last.balance < amount { respond 400; }
    PutItem {TableName: "entries", Item: {account: 1, seq: last.seq + 1, balance: last.balance - amount}};
    effect paid(amount);
    respond 200;
  }

  variant unique_number "an item for the number of the payment, and the new balance, in TransactWriteItems, and another attempt"
      story "No loss: the balance is written only together with a number that nobody had."
      expect holds at every level {
    retry on transaction_canceled {
      let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if account.balance < amount { respond 400; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "uniques", Item: {id: 'payment-' || (account.version + 1)}, ConditionExpression: "attribute_not_exists(id)"}},
        {Put: {TableName: "payments", Item: {id: me, amount: amount}}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = :next",
                  ExpressionAttributeValues: {":new": account.balance - amount, ":next": account.version + 1}}}]};
    }
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, SET, DeleteItem"
      story "The lease is over before the work is."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "account-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance >= amount {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": account.balance - amount}};
      effect paid(amount);
    }
    DeleteItem {TableName: "locks", Key: {id: "account-1"}};
    if account.balance < amount { respond 400; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the work is, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "account-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance >= amount {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": account.balance - amount}};
      effect paid(amount);
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "account-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if account.balance < amount { respond 400; }
    respond 200;
  }

  variant lease_checked_with_the_write "the same; debit, payment and a ConditionCheck of the lease in TransactWriteItems"
      story "No loss: who is not the holder any more writes nothing."
      expect holds at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "account-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed, transaction_conflict {
      respond 423;
    }
    let account = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if account.balance < amount { respond 400; }
    try {
      TransactWriteItems {TransactItems: [
        {ConditionCheck: {TableName: "locks", Key: {id: "account-1"}, ConditionExpression: "holder = :me",
                          ExpressionAttributeValues: {":me": me}}},
        {Put: {TableName: "payments", Item: {id: me, amount: amount}}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": account.balance - amount}}}]};
    } catch transaction_canceled {
      respond 423;
    }
    respond 200;
  }
}

run withdraw(60) * 2

always  "no more is paid out than there was" {
  SELECT (SELECT coalesce(sum(amount), 0) FROM paid) + (SELECT coalesce(sum(amount), 0) FROM payments)
       + (SELECT coalesce(sum(amount), 0) FROM accounts_paid) <= 100
}
finally "what was paid left the balance" {
  SELECT 200 - (SELECT balance FROM accounts) - (SELECT min(balance) FROM entries)
       = (SELECT coalesce(sum(amount), 0) FROM paid) + (SELECT coalesce(sum(amount), 0) FROM payments)
       + (SELECT coalesce(sum(amount), 0) FROM accounts_paid)
}
finally "somebody is paid, or told to come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('200', '423', '409', 'crashed'))
}
finally "who was told 200 is paid" {
  SELECT 60 * (SELECT count(*) FROM responses WHERE status = '200')
      <= (SELECT coalesce(sum(amount), 0) FROM paid) + (SELECT coalesce(sum(amount), 0) FROM payments)
       + (SELECT coalesce(sum(amount), 0) FROM accounts_paid)
}
finally "who is refused is told so, not that something failed" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '400', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
