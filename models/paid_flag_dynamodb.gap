-- paid_flag.gap with the date in DynamoDB; days are counted from today. A webhook and an administrator extend it, and the webhook may come
-- twice.
--
-- Seen only by `every day that was granted is there`, while the date only ever grows: monotonic_condition.
scenario paid_flag_dynamodb "A webhook and an administrator extend the same subscription in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "customers", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "events", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "grants", KeySchema: [{AttributeName: "event", KeyType: "HASH"}]};
  CreateTable {TableName: "recent", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "recent", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "customers", Item: {id: 1, pro: 0, version: 0, applied: {"SS": ["-"]}}};
}

faults none;
faults crash <= 1;
faults duplicate <= 1;

request extend(event, days) {

  variant naive "GetItem, SET"
      story "GetItem may read what was there a moment ago: one after the other, and the later SET is all that is left."
      expect violated at every level {
    let u = GetItem {TableName: "customers", Key: {id: 1}};
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new", ExpressionAttributeValues: {":new": u.pro + days}};
    respond 200;
  }

  variant consistent_read "the same with ConsistentRead: true"
      story "Both read 0, and the later SET is all that is left."
      expect violated at every level {
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new", ExpressionAttributeValues: {":new": u.pro + days}};
    respond 200;
  }

  variant monotonic_condition "GetItem, SET on condition that the new date is later"
      story "The date only grows, and fourteen days are lost."
      expect violated at every level {
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new", ConditionExpression: "pro < :new",
                  ExpressionAttributeValues: {":new": u.pro + days}};
    } catch conditional_check_failed { }
    respond 200;
  }

  variant add "ADD"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}};
    respond 200;
  }

  variant partiql "UPDATE … SET pro = pro + :days in PartiQL"
      story "Nothing is lost. Received twice, given twice."
      expect holds at every level, violated at every level with duplicate {
    shop> UPDATE "customers" SET pro = pro + :days WHERE id = 1;
    respond 200;
  }

  variant applied_in_one "ADD of the days and of the event to a set, on condition NOT contains(applied, :event)"
      story "No loss: the events are in the customer's item, so that asking, remembering and giving are one step."
      expect holds at every level {
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days, applied :events",
                  ConditionExpression: "NOT contains(applied, :event)",
                  ExpressionAttributeValues: {":days": days, ":event": event, ":events": {"SS": [event]}}};
    } catch conditional_check_failed { }
    respond 200;
  }

  variant set_without_condition "the same without the condition"
      story "The set has the event once, and the days are given twice."
      expect holds at every level, violated at every level with duplicate {
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days, applied :events",
                ExpressionAttributeValues: {":days": days, ":events": {"SS": [event]}}};
    respond 200;
  }

  variant put_grant "PutItem of the grant under its event: the date is the sum"
      story "No loss: putting twice is putting once, and the sum commutes."
      expect holds at every level {
    PutItem {TableName: "grants", Item: {event: event, days: days}};
    respond 200;
  }

  variant look_before_the_transaction "GetItem of the event, then event and days in TransactWriteItems without a condition"
      story "Both writes in one step. Received twice at once, both find no event."
      expect holds at every level, violated at every level with duplicate {
    let known = GetItem {TableName: "events", Key: {id: event}, ConsistentRead: true};
    if known.found { respond 200; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "events", Item: {id: event}}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}}}]};
    }
    respond 200;
  }

  variant canceled_is_done "event with attribute_not_exists and days in TransactWriteItems; transaction_canceled is answered with 200"
      story "It was not the event that was there: somebody else held the customer's item. The provider is told 200, and the days are gone."
      expect violated at every level {
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "events", Item: {id: event}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}}}]};
    } catch transaction_canceled { }
    respond 200;
  }

  variant event_in_transaction "the same; after transaction_canceled look for the event, and try again if it is not there"
      story "No loss: each event once, and both or neither."
      expect holds at every level {
    retry on transaction_canceled {
      let known = GetItem {TableName: "events", Key: {id: event}, ConsistentRead: true};
      if known.found { respond 200; }
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "events", Item: {id: event}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}}}]};
    }
    respond 200;
  }

  variant token "days in TransactWriteItems with the event as ClientRequestToken; delivered again where it is canceled"
      story "No loss within the ten minutes that a token is kept: the same message does nothing, and succeeds."
      expect holds at every level {
    try {
      TransactWriteItems {ClientRequestToken: event, TransactItems: [
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}}}]};
    } catch transaction_canceled, transaction_in_progress {
      respond 503;
    }
    respond 200;
  }

  variant optimistic_version "the version that was read is the condition of event and days; delivered again where it is canceled"
      story "No loss: whoever gives changes the version."
      expect holds at every level {
    let known = GetItem {TableName: "events", Key: {id: event}, ConsistentRead: true};
    if known.found { respond 200; }
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "events", Item: {id: event}, ConditionExpression: "attribute_not_exists(id)"}},
        {Update: {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":new": u.pro + days, ":one": 1, ":seen": u.version}}}]};
    } catch transaction_canceled {
      respond 503;
    }
    respond 200;
  }

  variant unread_version "a version, and conditional_check_failed is caught and logged"
      story "The provider is told 200, and the days are gone."
      expect violated at every level {
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    try {
      UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new, version = version + :one",
                  ConditionExpression: "version = :seen", ExpressionAttributeValues: {":new": u.pro + days, ":one": 1, ":seen": u.version}};
    } catch conditional_check_failed { }
    respond 200;
  }

  variant event_then_add "PutItem of the event with attribute_not_exists, then ADD"
      story "Each event once. A crash between the two items, and the days are never given."
      expect holds at every level, violated at every level with crash {
    try {
      PutItem {TableName: "events", Item: {id: event}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 200;
    }
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}};
    respond 200;
  }

  variant add_then_event "look for the event, ADD, then PutItem of the event"
      story "A crash between the two items, or two at once, and the days are given twice."
      expect holds at every level, violated at every level with duplicate, violated at every level with crash {
    let known = GetItem {TableName: "events", Key: {id: event}, ConsistentRead: true};
    if known.found { respond 200; }
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}};
    PutItem {TableName: "events", Item: {id: event}};
    respond 200;
  }

  variant event_with_a_time "the event has a TTL of a day, then ADD"
      story "The event is forgotten after a day, and the provider delivers for three: given twice."
      expect holds at every level, violated at every level with duplicate, violated at every level with crash {
    try {
      PutItem {TableName: "recent", Item: {id: event, ends: 86400}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 200;
    }
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "ADD pro :days", ExpressionAttributeValues: {":days": days}};
    respond 200;
  }

  variant lock_and_delete "a lease item with a TTL, GetItem, SET, DeleteItem"
      story "The lease is over before the write is."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "customer-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 503;
    }
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new", ExpressionAttributeValues: {":new": u.pro + days}};
    DeleteItem {TableName: "locks", Key: {id: "customer-1"}};
    respond 200;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over before the write is, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "customer-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 503;
    }
    let u = GetItem {TableName: "customers", Key: {id: 1}, ConsistentRead: true};
    UpdateItem {TableName: "customers", Key: {id: 1}, UpdateExpression: "SET pro = :new", ExpressionAttributeValues: {":new": u.pro + days}};
    try {
      DeleteItem {TableName: "locks", Key: {id: "customer-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    respond 200;
  }
}

run deliver extend('payment', 30) until 200 * 1, deliver extend('present', 14) until 200

finally "every day that was granted is there, and no other" {
  SELECT (SELECT pro FROM customers) + (SELECT coalesce(sum(days), 0) FROM grants) = 44
}
