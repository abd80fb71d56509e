-- withdraw_faults.gap in DynamoDB. A withdrawal of 60 is booked here and paid out by somebody else's server. The client may send it again; a
-- job looks after what was left open.
--
-- Seen only by `booked if and only if paid`: debit_then_pay, claim_without_job, two_items, all with a crash.
scenario withdraw_faults_dynamodb "A payout that may crash, and be sent again, with the balance in DynamoDB"

database bank dynamodb {
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "withdrawals", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  PutItem {TableName: "accounts", Item: {id: 1, balance: 200}};
}

faults none;
faults crash <= 1;
faults crash <= 1, retry <= 1;

request withdraw(key, amount) {

  variant pay_then_debit "pay out, then book"
      story "A crash between the two: the money has left, and the balance does not know. Sent again, it leaves twice."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    call payout(key, amount);
    UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ExpressionAttributeValues: {":x": amount}};
    respond 200;
  }

  variant debit_then_pay "book with a condition, then pay out"
      story "A crash between the two: the balance is short of money that never left."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 402;
    }
    call payout(key, amount);
    respond 200;
  }

  variant token_then_pay "book in TransactWriteItems with the key as ClientRequestToken, then pay out"
      story "Sent again, it is booked once and paid twice: the token is the transaction's, and the payout is no part of it."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    try {
      TransactWriteItems {ClientRequestToken: key, TransactItems: [
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 402;
    }
    call payout(key, amount);
    respond 200;
  }

  variant two_items "PutItem of the withdrawal with attribute_not_exists, then book, then pay; a job pays what is open"
      story "A crash between the first two items: the job pays what was never booked."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    try {
      PutItem {TableName: "withdrawals", Item: {id: key, amount: amount, phase: "open"}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    try {
      UpdateItem {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}};
    } catch conditional_check_failed {
      respond 402;
    }
    call payout(key, amount) key (key);
    UpdateItem {TableName: "withdrawals", Key: {id: key}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    respond 200;
  }

  variant claim_without_job "book and remember in TransactWriteItems, pay, mark as paid"
      story "Never paid twice. A crash after the booking, and nobody ever pays: the next attempt finds the key taken."
      expect holds without faults, violated at every level with crash, violated at every level with crash, retry {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "withdrawals", Item: {id: key, amount: amount, phase: "open"}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    call payout(key, amount);
    UpdateItem {TableName: "withdrawals", Key: {id: key}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    respond 200;
  }

  variant job_without_provider_key "the same, and a job pays what is open"
      story "The job cannot know whether an open one is being paid at this moment: paid twice."
      expect violated at every level {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "withdrawals", Item: {id: key, amount: amount, phase: "open"}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    call payout(key, amount);
    UpdateItem {TableName: "withdrawals", Key: {id: key}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    respond 200;
  }

  variant job_and_provider_key "the same with the provider's idempotency key"
      story "No loss: whoever comes first pays, whoever comes again asks for the same payout."
      expect holds at every level {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "withdrawals", Item: {id: key, amount: amount, phase: "open"}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    call payout(key, amount) key (key);
    UpdateItem {TableName: "withdrawals", Key: {id: key}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    respond 200;
  }

  variant new_key_each_attempt "the client makes a new key for each attempt"
      story "To the bank these are two withdrawals: booked twice, paid twice, and the customer wanted one."
      expect holds without faults, holds with crash, violated at every level with crash, retry {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "withdrawals", Item: {id: key || '-' || attempt, amount: amount, phase: "open"},
               ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "accounts", Key: {id: 1}, UpdateExpression: "SET balance = balance - :x", ConditionExpression: "balance >= :x",
                  ExpressionAttributeValues: {":x": amount}}}]};
    } catch transaction_canceled {
      respond 409;
    }
    call payout(key, amount) key (key || '-' || attempt);
    UpdateItem {TableName: "withdrawals", Key: {id: key || '-' || attempt}, UpdateExpression: "SET phase = :p",
                ExpressionAttributeValues: {":p": "paid"}};
    respond 200;
  }
}

request reconcile() {
  variant pay_then_debit, debit_then_pay, token_then_pay, claim_without_job { }
  variant job_without_provider_key {
    for w in Scan {TableName: "withdrawals", FilterExpression: "phase = :p", ExpressionAttributeValues: {":p": "open"}, ConsistentRead: true} {
      call payout('w1' AS key, w.amount AS amount);
      UpdateItem {TableName: "withdrawals", Key: {id: w.id}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    }
  }
  variant two_items, job_and_provider_key, new_key_each_attempt {
    for w in Scan {TableName: "withdrawals", FilterExpression: "phase = :p", ExpressionAttributeValues: {":p": "open"}, ConsistentRead: true} {
      call payout('w1' AS key, w.amount AS amount) key (w.id);
      UpdateItem {TableName: "withdrawals", Key: {id: w.id}, UpdateExpression: "SET phase = :p", ExpressionAttributeValues: {":p": "paid"}};
    }
  }
}

run withdraw('w1', 60), job reconcile()

always  "the balance never goes below zero" { SELECT min(balance) >= 0 FROM accounts }
history "one payout a withdrawal" {
  SELECT NOT EXISTS (SELECT 1 FROM payout a JOIN payout b ON a.position < b.position)
}
finally "booked if and only if paid" {
  SELECT 200 - (SELECT balance FROM accounts) = (SELECT coalesce(sum(amount), 0) FROM payout)
}
