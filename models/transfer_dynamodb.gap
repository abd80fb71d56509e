-- transfer.gap in DynamoDB: two items, or one ledger's item that has both balances. What goes over two items without a transaction goes in
-- phases: the transfer's item says how far it came, and a job goes on from there. The account is good for one of 60 and for the one of 30.
--
-- Seen only by `money is neither made nor lost`: debit_then_credit with a crash. Only by `what the account is good for is not refused`:
-- canceled_means_no_money. Only by `nobody sees an internal error`: transaction_without_retry.
scenario transfer_dynamodb "A transfer of 30 and two of 60 from an account of 100 in DynamoDB"

database bank dynamodb {
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "ledgers", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "transfers", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "accounts", Item: {id: 1, balance: 100, version: 0, applied: {"NS": ["0"]}}};
  PutItem {TableName: "accounts", Item: {id: 2, balance: 100, version: 0, applied: {"NS": ["0"]}}};
  PutItem {TableName: "ledgers", Item: {id: "main", giver: 100, taker: 100}};
}

faults none;
faults crash <= 1;

request transfer(id, amount) {

  variant naive "GetItem of the one account, check, SET; ADD to the other"
      story "GetItem may read what was there a moment ago: one transfer after the other writes 40, and money is made."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}};
    if giver.balance < amount { respond 402; }
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                ExpressionAttributeValues: {":new": giver.balance - amount}};
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both read 100, both write 40; money is made."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                ExpressionAttributeValues: {":new": giver.balance - amount}};
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant add_after_check "GetItem and check, then ADD to each"
      story "ADD has no floor: the account ends at -20."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": -amount}};
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant debit_then_credit "the debit with its condition, then the other account"
      story "Nothing is overdrawn. After a crash between the two items 60 are nowhere."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 402;
    }
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant debit_not_read "the same, and conditional_check_failed is caught and logged"
      story "The debit is refused, and the credit is made."
      expect violated at every level {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed { }
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant batch_write "GetItem of both, then one BatchWriteItem of both items"
      story "One message, two steps, no condition."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    let taker = GetItem {TableName: "accounts", Key: {id: 2}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    BatchWriteItem {RequestItems: {"accounts": [{PutRequest: {Item: {id: 1, balance: giver.balance - amount, version: 0}}},
                                                {PutRequest: {Item: {id: 2, balance: taker.balance + amount, version: 0}}}]}};
    respond 200;
  }

  variant both_in_one_item "one UpdateItem of an item that has both balances"
      story "No loss: what must change together is one item."
      expect holds at every level {
    try {
      UpdateItem {TableName: "ledgers", Key: {id: "main"}, UpdateExpression: "SET giver = giver - :x, taker = taker + :x",
                  ConditionExpression: "giver >= :x", ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 402;
    }
    respond 200;
  }

  variant check_before_the_transaction "GetItem and check, then both ADD in TransactWriteItems without a condition"
      story "Debit and credit are one step; the check stands before it."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": -amount}}},
        {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}}}]};
    }
    respond 200;
  }

  variant transaction_without_retry "debit with its condition and credit in TransactWriteItems; transaction_canceled goes to the customer"
      story "No money is made or lost, and a customer sees an internal error."
      expect violated at every level {
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                ExpressionAttributeValues: {":x": amount}}},
      {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x",
                ExpressionAttributeValues: {":x": amount}}}]};
    respond 200;
  }

  variant canceled_means_no_money "the same, and transaction_canceled is answered with: no money"
      story "It was canceled because somebody else held the item; the account is good for it, and the customer is refused."
      expect violated at every level {
    try {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}},
        {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 402;
    }
    respond 200;
  }

  variant transaction_with_retry "the same; after transaction_canceled read, decide and try again"
      story "No loss: nothing waits, so that there is no deadlock, whatever the order of accounts."
      expect holds at every level {
    retry on transaction_canceled {
      let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if giver.balance < amount { respond 402; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}},
        {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    }
    respond 200;
  }

  variant partiql_transaction "the same as PartiQL: ExecuteTransaction"
      story "No loss: the same in other words."
      expect holds at every level {
    retry on transaction_canceled {
      let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if giver.balance < amount { respond 402; }
      ExecuteTransaction {TransactStatements: [
        {Statement: "UPDATE accounts SET balance = balance - ? WHERE id = 1 AND balance >= ?", Parameters: [amount, amount]},
        {Statement: "UPDATE accounts SET balance = balance + ? WHERE id = 2", Parameters: [amount]}]};
    }
    respond 200;
  }

  variant optimistic_version "both computed, the giver's version as condition, ADD to the taker, in TransactWriteItems, and another attempt"
      story "No loss."
      expect holds at every level {
    retry on transaction_canceled {
      let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      if giver.balance < amount { respond 402; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": giver.balance - amount, ":one": 1, ":seen": giver.version}}},
        {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}}}]};
    }
    respond 200;
  }

  variant stale_target "the same, and the taker's new balance is computed from an eventually consistent read"
      story "The version guards the account that it is of: the credit before this one is written over."
      expect violated at every level {
    retry on transaction_canceled {
      let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
      let taker = GetItem {TableName: "accounts", Key: {id: 2}};
      if giver.balance < amount { respond 402; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": giver.balance - amount, ":one": 1, ":seen": giver.version}}},
        {Update: {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": taker.balance + amount}}}]};
    }
    respond 200;
  }

  variant unread_version "two UpdateItem, the first with the version as condition, and conditional_check_failed is caught and logged"
      story "The debit changes nothing, and the credit is made."
      expect violated at every level {
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance < amount { respond 402; }
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":new": giver.balance - amount, ":one": 1, ":seen": giver.version}};
    } catch conditional_check_failed { }
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant phases_without_job "PutItem of the transfer, debit, credit, done; each account has the set of transfers that it has applied"
      story "Nothing is applied twice. After a crash the transfer stays pending, and 60 are nowhere."
      expect holds at every level, violated at every level with crash {
    PutItem {TableName: "transfers", Item: {id: id, amount: amount, phase: "pending"}};
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x ADD applied :ids",
                  ConditionExpression: "balance >= :x AND NOT contains(applied, :id)",
                  ExpressionAttributeValues: {":x": amount, ":id": id, ":ids": {"NS": [id]}}};
    } catch conditional_check_failed {
      UpdateItem {TableName: "transfers", Key: {id: id}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "refused"}};
      respond 402;
    }
    UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x ADD applied :ids",
                ConditionExpression: "NOT contains(applied, :id)", ExpressionAttributeValues: {":x": amount, ":id": id, ":ids": {"NS": [id]}}};
    UpdateItem {TableName: "transfers", Key: {id: id}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "done"}};
    respond 200;
  }

  variant phases_and_job "PutItem of the transfer; a job debits, credits, and notes that it is done"
      story "No loss: the condition NOT contains(applied, :id) makes each half once, however often the job comes; no transaction is needed."
      expect holds at every level {
    PutItem {TableName: "transfers", Item: {id: id, amount: amount, phase: "pending"}};
    respond 202;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, SET, ADD, DeleteItem"
      story "The lease is over before the work is."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "account-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance >= amount {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": giver.balance - amount}};
      UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    }
    DeleteItem {TableName: "locks", Key: {id: "account-1"}};
    if giver.balance < amount { respond 402; }
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the work is, whoever deletes it; and a lock undoes nothing after a crash."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "account-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let giver = GetItem {TableName: "accounts", Key: {id: 1}, ConsistentRead: true};
    if giver.balance >= amount {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = :new",
                  ExpressionAttributeValues: {":new": giver.balance - amount}};
      UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "ADD balance :x", ExpressionAttributeValues: {":x": amount}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "account-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if giver.balance < amount { respond 402; }
    respond 200;
  }
}

request recover() {
  variant naive, consistent_read, add_after_check, debit_then_credit, debit_not_read, batch_write, both_in_one_item,
          check_before_the_transaction, transaction_without_retry, canceled_means_no_money, transaction_with_retry, partiql_transaction,
          optimistic_version, stale_target, unread_version, phases_without_job, lock_and_delete, compare_and_delete { }
  variant phases_and_job {
    for t in Scan {TableName: "transfers", FilterExpression: "phase = :p", ExpressionAttributeValues: {":p": "pending"}, ConsistentRead: true} {
      let debited = true;
      try {
        UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x ADD applied :ids",
                    ConditionExpression: "balance >= :x AND NOT contains(applied, :id)",
                    ExpressionAttributeValues: {":x": t.amount, ":id": t.id, ":ids": {"NS": [t.id]}}};
      } catch conditional_check_failed {
        let known = Query {TableName: "accounts", KeyConditionExpression: "id = :one", FilterExpression: "contains(applied, :id)",
                           ExpressionAttributeValues: {":one": 1, ":id": t.id}, ConsistentRead: true};
        set debited = known.found;
      }
      if debited {
        try {
          UpdateItem {TableName: "accounts", Key: {id: 2}, UpdateExpression: "SET balance = balance + :x ADD applied :ids",
                      ConditionExpression: "NOT contains(applied, :id)",
                      ExpressionAttributeValues: {":x": t.amount, ":id": t.id, ":ids": {"NS": [t.id]}}};
        } catch conditional_check_failed { }
        UpdateItem {TableName: "transfers", Key: {id: t.id}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "done"}};
      } else {
        UpdateItem {TableName: "transfers", Key: {id: t.id}, UpdateExpression: "SET phase = :p",
                    ExpressionAttributeValues: {":p": "refused"}};
      }
    }
  }
}

run transfer(1, 30), transfer(2, 60) * 1, transfer(3, 60), job recover()

finally "money is neither made nor lost" {
  SELECT (SELECT sum(balance) FROM accounts) + (SELECT giver + taker FROM ledgers) = 400
}
finally "no account is below zero" {
  SELECT (SELECT min(balance) FROM accounts) >= 0 AND (SELECT giver FROM ledgers) >= 0
}
finally "who was told 200 has transferred" {
  SELECT (SELECT balance FROM accounts WHERE id = 2) + (SELECT taker FROM ledgers)
      >= 200 + 30 * (SELECT count(*) FROM responses WHERE request = 'transfer' AND status = '200')
}
finally "what the account is good for is not refused" {
  SELECT (SELECT count(*) FROM responses WHERE request = 'transfer' AND status = '402') <= 1
}
finally "no transfer is pending for ever" { SELECT NOT EXISTS (SELECT 1 FROM transfers WHERE phase = 'pending') }
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('200', '202', '402', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
