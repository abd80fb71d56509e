#!/usr/bin/env python3
"""Scenarios on MongoDB and DynamoDB from text to verdict: exact numbers of interleavings, and controls.

usage: documents_run_test.py GAPLESS ROOT
"""

import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from cases import Cases, run  # noqa: E402

# Two actors of two steps have 6 interleavings, as naive coupons in PostgreSQL have; 4 of them redeem twice.
COUPON_MONGODB = """scenario coupon
database shop mongodb { db.coupons.insertOne({_id: 1, code: "SAVE50", usedAt: null}); }
request redeem(code) {
  variant naive expect violated {
    let c = db.coupons.findOne({code, usedAt: null});
    if not c.found { respond 409; }
    db.coupons.updateOne({_id: c._id}, {$set: {usedAt: 1}});
    effect discount(code);
  }
  variant atomic expect holds {
    let c = db.coupons.findOneAndUpdate({code, usedAt: null}, {$set: {usedAt: 1}});
    if not c.found { respond 409; }
    effect discount(code);
  }
  variant unique expect holds schema { db.uses.createIndex({code: 1}, {unique: true}); } {
    try { db.uses.insertOne({code}); } catch duplicate_key { respond 409; }
    effect discount(code);
  }
}
run redeem('SAVE50') * 2
finally "one discount" { SELECT count(*) <= 1 FROM discount }
always "used by one" { SELECT count(*) <= 1 FROM coupons WHERE usedAt IS NOT NULL }
"""

COUPON_DYNAMODB = """scenario coupon
database shop dynamodb {
  CreateTable {TableName: "coupons", KeySchema: [{AttributeName: "code", KeyType: "HASH"}],
               AttributeDefinitions: [{AttributeName: "code", AttributeType: "S"}], BillingMode: "PAY_PER_REQUEST"};
  PutItem {TableName: "coupons", Item: {"code": {"S": "SAVE50"}, "left": {"N": "1"}}};
}
request redeem(code) {
  variant naive expect violated {
    let c = GetItem {TableName: "coupons", Key: {code}, ConsistentRead: true};
    if c.left < 1 { respond 409; }
    UpdateItem {TableName: "coupons", Key: {code}, UpdateExpression: "SET #l = #l - :one",
                ExpressionAttributeNames: {"#l": "left"}, ExpressionAttributeValues: {":one": {"N": "1"}}};
    effect discount(code);
  }
  variant conditional expect holds {
    try {
      UpdateItem {TableName: "coupons", Key: {code}, UpdateExpression: "SET #l = #l - :one", ConditionExpression: "#l >= :one",
                  ExpressionAttributeNames: {"#l": "left"}, ExpressionAttributeValues: {":one": {"N": "1"}}};
    } catch conditional_check_failed { respond 409; }
    effect discount(code);
  }
  variant partiql expect holds {
    try { shop> UPDATE "coupons" SET "left" = "left" - 1 WHERE code = :code AND "left" >= 1; }
    catch conditional_check_failed { respond 409; }
    effect discount(code);
  }
}
run redeem('SAVE50') * 2
finally "one discount" { SELECT count(*) <= 1 FROM discount }
"""

SKEW = """scenario skew
database hospital mongodb { db.doctors.insertMany([{_id: 1, onCall: true}, {_id: 2, onCall: true}]); }
request leave(id) {
  variant snapshot expect violated {
    transaction {
      let on = db.doctors.countDocuments({onCall: true});
      if on.n < 2 { rollback; respond 409; }
      db.doctors.updateOne({_id: id}, {$set: {onCall: false}});
    }
  }
  variant one_document expect holds {
    retry up to 3 on write_conflict {
      hospital> transaction {
        db.duty.updateOne({_id: 1}, {$inc: {version: 1}}, {upsert: true});
        let on = db.doctors.countDocuments({onCall: true});
        if on.n < 2 { rollback; respond 409; }
        db.doctors.updateOne({_id: id}, {$set: {onCall: false}});
      }
    } exhausted { respond 503; }
  }
}
run leave(1), leave(2)
finally "somebody is there" { SELECT count(*) >= 1 FROM doctors WHERE onCall }
"""

# updateMany changes one document after the other: another request sees the first changed and the second not.
MANY = """scenario many
database shop mongodb { db.prices.insertMany([{_id: 1, cents: 10}, {_id: 2, cents: 10}]); }
request raise_all() {
  variant plain expect violated { db.prices.updateMany({}, {$inc: {cents: 1}}); }
  variant transaction_ expect holds { transaction { db.prices.updateMany({}, {$inc: {cents: 1}}); } }
}
run raise_all()
always "all alike" { SELECT min(cents) = max(cents) FROM prices }
"""

STALE = """scenario stale
database bank dynamodb {
  CreateTable {TableName: "accounts", KeySchema: [{AttributeName: "id", KeyType: "HASH"}]};
  PutItem {TableName: "accounts", Item: {id: "a", balance: 100}};
}
request withdraw() {
  UpdateItem {TableName: "accounts", Key: {id: "a"}, UpdateExpression: "SET balance = :zero", ExpressionAttributeValues: {":zero": 0}};
  send look();
}
request look() {
  variant eventually expect violated { let a = GetItem {TableName: "accounts", Key: {id: "a"}}; effect saw(a.balance); }
  variant consistently expect holds { let a = GetItem {TableName: "accounts", Key: {id: "a"}, ConsistentRead: true}; effect saw(a.balance); }
}
run withdraw()
always "who is told sees it" { SELECT count(*) = 0 FROM saw WHERE balance = 100 }
"""


def main(gapless, _):
    gapless = str(pathlib.Path(gapless).resolve())  # it runs in a folder of its own
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.gap"

        def check(name, text, *options):
            path.write_text(text)
            status, output, errors = run([gapless, "check", "x.gap", "--format", "json", *options], cwd=folder, timeout=120)
            if status is None or not output.startswith("{"):
                cases.check(name, False, (output + errors)[:400])
                return None, {}
            return status, json.loads(output)

        def counts(name, text, expected):
            status, document = check(name, text)
            found = {each["variant"]: (each["verdict"], int(each["interleavings"]), int(each["violating"])) for each in document.get("runs", [])}
            cases.check(f"{name}: as claimed", status == 0, f"exit status {status}")
            for variant, wanted in expected.items():
                cases.check(f"{name}, {variant}", found.get(variant) == wanted, f"{found.get(variant)}, not {wanted}")

        def controls(name, text, expected):
            path.write_text(text)
            status, output, errors = run([gapless, "check", "x.gap", "--controls"], cwd=folder, timeout=120)
            for guard, verdict in expected.items():
                line = [each for each in (output or "").splitlines() if guard in each and ("breaks" in each or "VACUOUS" in each)]
                cases.check(f"{name} without {guard}", line != [] and verdict in line[0], (output or "")[-1500:] + (errors or ""))

        counts("coupon on MongoDB", COUPON_MONGODB,
               {"naive": ("violated", 6, 4), "atomic": ("holds", 2, 0), "unique": ("holds", 2, 0)})
        counts("coupon on DynamoDB", COUPON_DYNAMODB,
               {"naive": ("violated", 6, 4), "conditional": ("holds", 2, 0), "partiql": ("holds", 2, 0)})
        # Three steps each have 20 interleavings; only the two that are serial hold.
        counts("write skew", SKEW, {"snapshot": ("violated", 20, 18)})
        counts("updateMany", MANY, {"plain": ("violated", 1, 1), "transaction_": ("holds", 1, 0)})
        counts("eventually consistent reads", STALE, {"consistently": ("holds", 1, 0)})
        controls("coupon on MongoDB", COUPON_MONGODB,
                 {"usedAt: null": "breaks", "unique index (code)": "breaks", "if not c.found": "breaks"})
        controls("coupon on DynamoDB", COUPON_DYNAMODB, {'ConditionExpression "#l': "breaks", 'AND "left" >= 1': "breaks"})
        controls("write skew", SKEW, {"hospital> transaction": "breaks"})
        controls("eventually consistent reads", STALE, {"ConsistentRead: true": "breaks"})
    cases.finish()


main(*sys.argv[1:])
