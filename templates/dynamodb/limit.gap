-- Resource limit: a plan allows so many, and two requests count before either of them has added one.
--
-- To make it yours: 1. in `database` your tables, items; 2. in `naive` what your handler sends, one request after the
-- other; 3. in `run` who races; 4. in `always` (after each step) and `finally` (at the end) what must hold.
-- Then: gapless check FILE.
scenario limit "Two join a team that has one place left"

database app dynamodb {
  -- Your tables; attributes that no request looks at may be left out.
  CreateTable {TableName: "teams", KeySchema: [{AttributeName: "id", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "id", AttributeType: "N"}]};
  PutItem {TableName: "teams", Item: {id: 1, size: 2}};
  CreateTable {TableName: "members", KeySchema: [{AttributeName: "name", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "name", AttributeType: "S"}]};
  PutItem {TableName: "members", Item: {name: "ann", team: 1}};
  PutItem {TableName: "members", Item: {name: "bob", team: 1}};
}

request join_team(team, name) {

  -- The handler as it is today. `let` keeps what a request returned; its fields, and parameters, stand as they are.
  variant naive "GetItem of the counter, check, PutItem, UpdateItem"
      story "Both see 2 of 3, both are let in."
      expect violated {
    let found = GetItem {TableName: "teams", Key: {id: team}, ConsistentRead: true};
    if found.size >= 3 { respond 409; }
    PutItem {TableName: "members", Item: {name: name, team: team}};
    UpdateItem {
      TableName: "teams",
      Key: {id: team},
      UpdateExpression: "SET #size = :size",
      ExpressionAttributeNames: {"#size": "size"},
      ExpressionAttributeValues: {":size": found.size + 1}
    };
    respond 200;
  }

  -- The fix that you have in mind. Add as many variants as you have ideas; each is checked by itself.
  variant transact_write "TransactWriteItems: the guarded counter and the member"
      story "No loss: both are written, or none, and the condition is asked in the same step."
      expect holds {
    retry up to 3 on transaction_conflict {
      try {
        TransactWriteItems {TransactItems: [
          {Update: {TableName: "teams", Key: {id: team}, UpdateExpression: "SET #size = #size + :one",
                    ConditionExpression: "#size < :most",
                    ExpressionAttributeNames: {"#size": "size"},
                    ExpressionAttributeValues: {":one": 1, ":most": 3}}},
          {Put: {TableName: "members", Item: {name: name, team: team}}}
        ]};
      } catch transaction_canceled {
        respond 409;
      }
    } exhausted {
      respond 503;
    }
    respond 200;
  }
}

run join_team(1, 'cleo'), join_team(1, 'dan')

always  "the team has at most 3 members" { SELECT count(*) <= 3 FROM members WHERE team = 1 }
finally "somebody joined"                { SELECT count(*) = 3 FROM members WHERE team = 1 }
