-- resource_limit.gap in DynamoDB. The projects are items under the plan's key, and the plan counts them; or they are a list of
-- the plan's item; or places of which each is an item.
--
-- Seen only by `the counter counts the projects`, while the limit holds: guard_then_insert with a crash. Only by `nobody sees an
-- internal error`: transaction_without_retry. Only by `somebody has made a project …`, as long as nobody crashes:
-- insert_then_count.
scenario resource_limit_dynamodb "At most 2 projects, and two are made where there is one, in DynamoDB"

database app dynamodb {
  CreateTable {TableName: "plans", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "projects", KeySchema: [{AttributeName: "plan_id", KeyType: "HASH"}, {AttributeName: "id", KeyType: "RANGE"}]};
  CreateTable {TableName: "embedded", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "places", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "numbered", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  CreateTable {TableName: "locks", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  UpdateTimeToLive {TableName: "locks", TimeToLiveSpecification: {AttributeName: "ends", Enabled: true}};
  PutItem {TableName: "plans", Item: {id: 1, projects: 1, max_projects: 2, version: 0}};
  PutItem {TableName: "projects", Item: {plan_id: 1, id: "a"}};
  PutItem {TableName: "embedded", Item: {id: 1, titles: ["a"]}};
  PutItem {TableName: "places", Item: {id: 1, holder: "a"}};
  PutItem {TableName: "places", Item: {id: 2}};
  PutItem {TableName: "numbered", Item: {id: "1-1", project: "a"}};
}

faults none;
faults crash <= 1;

request create(name) {

  variant naive "Query with Select: COUNT, check, PutItem"
      story "A Query may read what was there a moment ago, and both count one."
      expect violated at every level {
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT"};
    if n.n >= 2 { respond 402; }
    PutItem {TableName: "projects", Item: {plan_id: 1, id: name}};
    respond 201;
  }

  variant consistent_count "the same with ConsistentRead: true"
      story "Both count one, and there are three."
      expect violated at every level {
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT",
                   ConsistentRead: true};
    if n.n >= 2 { respond 402; }
    PutItem {TableName: "projects", Item: {plan_id: 1, id: name}};
    respond 201;
  }

  variant condition_on_the_new_item "the same, and PutItem has attribute_not_exists(id)"
      story "A condition sees one item: no name is there twice, and that is all that it says."
      expect violated at every level {
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT",
                   ConsistentRead: true};
    if n.n >= 2 { respond 402; }
    try {
      PutItem {TableName: "projects", Item: {plan_id: 1, id: name}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 201;
  }

  variant insert_then_count "PutItem, Query, and DeleteItem where they are too many"
      story "Both insert, both count three, both take theirs back: a place is left, and nobody has got it."
      expect violated at every level {
    PutItem {TableName: "projects", Item: {plan_id: 1, id: name}};
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT",
                   ConsistentRead: true};
    if n.n > 2 {
      DeleteItem {TableName: "projects", Key: {plan_id: 1, id: name}};
      respond 402;
    }
    respond 201;
  }

  variant guard_then_insert "ADD to the counter with the condition projects < :max, then the project"
      story "A crash between the two items: a project is paid for, counted, and not there."
      expect holds at every level, violated at every level with crash {
    try {
      UpdateItem {TableName: "plans", Key: {id: 1}, UpdateExpression: "ADD projects :one", ConditionExpression: "projects < :max",
                  ExpressionAttributeValues: {":one": 1, ":max": 2}};
    } catch conditional_check_failed {
      respond 402;
    }
    PutItem {TableName: "projects", Item: {plan_id: 1, id: name}};
    respond 201;
  }

  variant guard_against_the_plan "counter with projects < max_projects and project with attribute_not_exists in TransactWriteItems"
      story "No loss: the limit is asked where it stands, and both or neither are written."
      expect holds at every level {
    retry on transaction_canceled {
      let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
      if plan.projects >= plan.max_projects { respond 402; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "plans", Key: {id: 1}, UpdateExpression: "ADD projects :one", ConditionExpression: "projects < max_projects",
                  ExpressionAttributeValues: {":one": 1}}},
        {Put: {TableName: "projects", Item: {plan_id: 1, id: name}, ConditionExpression: "attribute_not_exists(id)"}}]};
    }
    respond 201;
  }

  variant partiql_transaction "the same as PartiQL: ExecuteTransaction of UPDATE … WHERE projects < max_projects and INSERT"
      story "No loss: the same in other words."
      expect holds at every level {
    retry on transaction_canceled {
      let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
      if plan.projects >= plan.max_projects { respond 402; }
      ExecuteTransaction {TransactStatements: [
        {Statement: "UPDATE plans SET projects = projects + 1 WHERE id = 1 AND projects < max_projects"},
        {Statement: "INSERT INTO projects VALUE {'plan_id': 1, 'id': ?}", Parameters: [name]}]};
    }
    respond 201;
  }

  variant check_before_the_transaction "read the counter and check, then TransactWriteItems of counter and project without a condition"
      story "The counter counts right, up to three."
      expect violated at every level {
    let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
    if plan.projects >= plan.max_projects { respond 402; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "plans", Key: {id: 1}, UpdateExpression: "ADD projects :one", ExpressionAttributeValues: {":one": 1}}},
        {Put: {TableName: "projects", Item: {plan_id: 1, id: name}}}]};
    }
    respond 201;
  }

  variant condition_check "count, then TransactWriteItems of the project with a ConditionCheck of the plan's counter, which nobody changes"
      story "A ConditionCheck holds the plan while it is under way and leaves nothing behind: both find the counter as it was."
      expect violated at every level {
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT",
                   ConsistentRead: true};
    if n.n >= 2 { respond 402; }
    retry on transaction_canceled {
      TransactWriteItems {TransactItems: [
        {ConditionCheck: {TableName: "plans", Key: {id: 1}, ConditionExpression: "projects < max_projects"}},
        {Put: {TableName: "projects", Item: {plan_id: 1, id: name}}}]};
    }
    respond 201;
  }

  variant append_guarded "list_append with the condition size(titles) < :max"
      story "No loss: the projects are in the plan's item, so that the limit is asked of what it limits."
      expect holds at every level {
    try {
      UpdateItem {TableName: "embedded", Key: {id: 1}, UpdateExpression: "SET titles = list_append(titles, :name)",
                  ConditionExpression: "size(titles) < :max", ExpressionAttributeValues: {":name": [name], ":max": 2}};
    } catch conditional_check_failed {
      respond 402;
    }
    respond 201;
  }

  variant append_after_check "GetItem, look at the list, list_append"
      story "list_append is atomic, and the third element is as welcome as the second."
      expect violated at every level {
    let plan = GetItem {TableName: "embedded", Key: {id: 1}, ConsistentRead: true};
    if plan.titles_length >= 2 { respond 402; }
    UpdateItem {TableName: "embedded", Key: {id: 1}, UpdateExpression: "SET titles = list_append(titles, :name)",
                ExpressionAttributeValues: {":name": [name]}};
    respond 201;
  }

  variant append_if_not_there "the same with the condition NOT contains(titles, :name)"
      story "No name is there twice, and the third element is as welcome as the second."
      expect violated at every level {
    let plan = GetItem {TableName: "embedded", Key: {id: 1}, ConsistentRead: true};
    if plan.titles_length >= 2 { respond 402; }
    try {
      UpdateItem {TableName: "embedded", Key: {id: 1}, UpdateExpression: "SET titles = list_append(titles, :new)",
                  ConditionExpression: "NOT contains(titles, :name)", ExpressionAttributeValues: {":new": [name], ":name": name}};
    } catch conditional_check_failed {
      respond 409;
    }
    respond 201;
  }

  variant optimistic_version "the plan's version is the condition, project and version in TransactWriteItems, and another attempt"
      story "No loss: who finds another version counts again."
      expect holds at every level {
    retry on transaction_canceled {
      let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
      if plan.projects >= plan.max_projects { respond 402; }
      TransactWriteItems {TransactItems: [
        {Update: {TableName: "plans", Key: {id: 1}, UpdateExpression: "SET projects = :n, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":n": plan.projects + 1, ":one": 1, ":seen": plan.version}}},
        {Put: {TableName: "projects", Item: {plan_id: 1, id: name}}}]};
    }
    respond 201;
  }

  variant unread_version "the same version, and conditional_check_failed is caught and logged"
      story "The plan says no, and the project is there."
      expect violated at every level {
    let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
    if plan.projects >= plan.max_projects { respond 402; }
    try {
      UpdateItem {TableName: "plans", Key: {id: 1}, UpdateExpression: "SET projects = :n, version = version + :one",
                  ConditionExpression: "version = :seen",
                  ExpressionAttributeValues: {":n": plan.projects + 1, ":one": 1, ":seen": plan.version}};
    } catch conditional_check_failed { }
    PutItem {TableName: "projects", Item: {plan_id: 1, id: name}};
    respond 201;
  }

  variant transaction_without_retry "guarded counter and project in TransactWriteItems; transaction_canceled goes to the customer"
      story "The limit holds, and one customer sees an internal error."
      expect violated at every level {
    let plan = GetItem {TableName: "plans", Key: {id: 1}, ConsistentRead: true};
    if plan.projects >= plan.max_projects { respond 402; }
    TransactWriteItems {TransactItems: [
      {Update: {TableName: "plans", Key: {id: 1}, UpdateExpression: "ADD projects :one", ConditionExpression: "projects < max_projects",
                ExpressionAttributeValues: {":one": 1}}},
      {Put: {TableName: "projects", Item: {plan_id: 1, id: name}}}]};
    respond 201;
  }

  variant number_is_the_key "a project's key is its number: count, PutItem with attribute_not_exists"
      story "No loss: number 2 is there once, and who finds it taken is one too many."
      expect holds at every level {
    let n = Scan {TableName: "numbered", Select: "COUNT", ConsistentRead: true};
    if n.n >= 2 { respond 402; }
    try {
      PutItem {TableName: "numbered", Item: {id: '1-' || (n.n + 1), project: name}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 402;
    }
    respond 201;
  }

  variant unique_number "an item for the project's number, and the project, in TransactWriteItems"
      story "No loss: the number is the net, written together with what has it."
      expect holds at every level {
    let n = Query {TableName: "projects", KeyConditionExpression: "plan_id = :p", ExpressionAttributeValues: {":p": 1}, Select: "COUNT",
                   ConsistentRead: true};
    if n.n >= 2 { respond 402; }
    try {
      TransactWriteItems {TransactItems: [
        {Put: {TableName: "numbered", Item: {id: '1-' || (n.n + 1), project: name}, ConditionExpression: "attribute_not_exists(id)"}},
        {Put: {TableName: "projects", Item: {plan_id: 1, id: name}}}]};
    } catch transaction_canceled {
      respond 423;
    }
    respond 201;
  }

  variant free_place "Scan for a place without a holder, UpdateItem with attribute_not_exists(holder), and another attempt"
      story "No loss: the places are items, and a place goes from free to held once."
      expect holds at every level {
    retry on conditional_check_failed {
      let place = Scan {TableName: "places", FilterExpression: "attribute_not_exists(holder)", ConsistentRead: true};
      if NOT place.found { respond 402; }
      UpdateItem {TableName: "places", Key: {id: place.id}, UpdateExpression: "SET holder = :me",
                  ConditionExpression: "attribute_not_exists(holder)", ExpressionAttributeValues: {":me": name}};
    }
    respond 201;
  }

  variant lock_and_delete "a lease item with a TTL around look and append, DeleteItem"
      story "The lease is over between the two, and the next one sees the same."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "plan-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let plan = GetItem {TableName: "embedded", Key: {id: 1}, ConsistentRead: true};
    if plan.titles_length < 2 {
      UpdateItem {TableName: "embedded", Key: {id: 1}, UpdateExpression: "SET titles = list_append(titles, :name)",
                  ExpressionAttributeValues: {":name": [name]}};
    }
    DeleteItem {TableName: "locks", Key: {id: "plan-1"}};
    if plan.titles_length >= 2 { respond 402; }
    respond 201;
  }

  variant compare_and_delete "the same, and only the holder deletes the lease"
      story "The lease is over between the two, whoever deletes it."
      expect violated at every level {
    try {
      PutItem {TableName: "locks", Item: {id: "plan-1", holder: me, ends: 10}, ConditionExpression: "attribute_not_exists(id)"};
    } catch conditional_check_failed {
      respond 423;
    }
    let plan = GetItem {TableName: "embedded", Key: {id: 1}, ConsistentRead: true};
    if plan.titles_length < 2 {
      UpdateItem {TableName: "embedded", Key: {id: 1}, UpdateExpression: "SET titles = list_append(titles, :name)",
                  ExpressionAttributeValues: {":name": [name]}};
    }
    try {
      DeleteItem {TableName: "locks", Key: {id: "plan-1"}, ConditionExpression: "holder = :me", ExpressionAttributeValues: {":me": me}};
    } catch conditional_check_failed { }
    if plan.titles_length >= 2 { respond 402; }
    respond 201;
  }
}

run create('b') * 1, create('c')

finally "there are at most 2 projects" {
  SELECT (SELECT count(*) FROM projects) <= 2 AND (SELECT max(titles_length) FROM embedded) <= 2 AND (SELECT count(*) FROM numbered) <= 2
}
finally "the counter counts the projects" {
  SELECT (SELECT projects FROM plans) = (SELECT count(*) FROM projects) OR (SELECT projects FROM plans) = 1
}
finally "who was told 201 has the project" {
  SELECT (SELECT count(*) FROM responses WHERE status = '201')
      <= (SELECT count(*) FROM projects) - 1 + (SELECT sum(titles_length) FROM embedded) - 1 + (SELECT count(*) FROM numbered) - 1
       + (SELECT count(*) FROM places WHERE holder IS NOT NULL) - 1
}
finally "somebody has made a project, or may come again" {
  SELECT EXISTS (SELECT 1 FROM responses WHERE status IN ('201', '423', 'crashed'))
}
finally "nobody sees an internal error" {
  SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status NOT IN ('201', '402', '409', '423', 'crashed'))
}
finally "no lock is left" { SELECT NOT EXISTS (SELECT 1 FROM locks) }
