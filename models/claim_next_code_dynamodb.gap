-- claim_next_code.gap in DynamoDB. There is no request that chooses and writes: a Scan or Query finds what is free, and the condition of the
-- UpdateItem says whether it still is.
scenario claim_next_code_dynamodb "Two users claim the next free code, and two are free, in DynamoDB"

database shop dynamodb {
  CreateTable {TableName: "codes", KeySchema: [{AttributeName: "campaign", KeyType: "HASH"}, {AttributeName: "code", KeyType: "RANGE"}]};
  PutItem {TableName: "codes", Item: {campaign: "spring", code: 1}};
  PutItem {TableName: "codes", Item: {campaign: "spring", code: 2}};
}

request claim(usr) {

  variant naive "Query of what is free, then UpdateItem of the first one"
      story "Both find code 1, and both write their name on it."
      expect violated at every level {
    let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                      ExpressionAttributeValues: {":c": "spring"}, ConsistentRead: true};
    if NOT free.found { respond 410; }
    UpdateItem {TableName: "codes", Key: {campaign: "spring", code: free.code}, UpdateExpression: "SET usr = :usr",
                ExpressionAttributeValues: {":usr": usr}};
    effect given(free.code AS code);
    respond 200;
  }

  variant limit_before_the_filter "the same with Limit: 1"
      story "Limit counts what is read, before the filter: who comes second reads code 1, which is taken, and is told that none is free."
      expect violated at every level {
    let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                      ExpressionAttributeValues: {":c": "spring"}, ConsistentRead: true, Limit: 1};
    if NOT free.found { respond 410; }
    try {
      UpdateItem {TableName: "codes", Key: {campaign: "spring", code: free.code}, UpdateExpression: "SET usr = :usr",
                  ConditionExpression: "attribute_not_exists(usr)", ExpressionAttributeValues: {":usr": usr}};
    } catch conditional_check_failed {
      respond 410;
    }
    effect given(free.code AS code);
    respond 200;
  }

  variant guarded_without_retry "naive, and the code must still be free"
      story "Nothing is given twice now, and the second user is told that there is no code while code 2 is free."
      expect violated at every level {
    let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                      ExpressionAttributeValues: {":c": "spring"}, ConsistentRead: true};
    if NOT free.found { respond 410; }
    try {
      UpdateItem {TableName: "codes", Key: {campaign: "spring", code: free.code}, UpdateExpression: "SET usr = :usr",
                  ConditionExpression: "attribute_not_exists(usr)", ExpressionAttributeValues: {":usr": usr}};
    } catch conditional_check_failed {
      respond 410;
    }
    effect given(free.code AS code);
    respond 200;
  }

  variant retry_of_an_old_read "the same, three attempts, and the Query is eventually consistent"
      story "Each attempt reads the same code 1, which looks free; the third one gives up while code 2 is."
      expect violated at every level {
    retry up to 3 on conditional_check_failed {
      let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                        ExpressionAttributeValues: {":c": "spring"}};
      if NOT free.found { respond 410; }
      UpdateItem {TableName: "codes", Key: {campaign: "spring", code: free.code}, UpdateExpression: "SET usr = :usr",
                  ConditionExpression: "attribute_not_exists(usr)", ExpressionAttributeValues: {":usr": usr}};
      effect given(free.code AS code);
      respond 200;
    } exhausted {
      respond 503;
    }
  }

  variant guarded_with_retry "the same with ConsistentRead: true"
      story "No loss: an attempt fails only where another has got a code."
      expect holds at every level {
    retry up to 3 on conditional_check_failed {
      let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                        ExpressionAttributeValues: {":c": "spring"}, ConsistentRead: true};
      if NOT free.found { respond 410; }
      UpdateItem {TableName: "codes", Key: {campaign: "spring", code: free.code}, UpdateExpression: "SET usr = :usr",
                  ConditionExpression: "attribute_not_exists(usr)", ExpressionAttributeValues: {":usr": usr}};
      effect given(free.code AS code);
      respond 200;
    } exhausted {
      respond 503;
    }
  }

  variant partiql "the same as PartiQL"
      story "No loss: IS MISSING is attribute_not_exists."
      expect holds at every level {
    retry up to 3 on conditional_check_failed {
      let free = Query {TableName: "codes", KeyConditionExpression: "campaign = :c", FilterExpression: "attribute_not_exists(usr)",
                        ExpressionAttributeValues: {":c": "spring"}, ConsistentRead: true};
      if NOT free.found { respond 410; }
      shop> UPDATE "codes" SET usr = :usr WHERE campaign = 'spring' AND code = :free.code AND usr IS MISSING;
      effect given(free.code AS code);
      respond 200;
    } exhausted {
      respond 503;
    }
  }
}

run claim('ann'), claim('bob')

finally "no code is given twice" { SELECT count(*) = count(DISTINCT code) FROM given }
finally "nobody goes without while a code is free" {
  SELECT NOT EXISTS (SELECT 1 FROM codes WHERE usr IS NULL)
      OR NOT EXISTS (SELECT 1 FROM responses WHERE status <> '200')
}
