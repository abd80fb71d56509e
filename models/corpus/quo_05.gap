-- QUO-05: commitpulse: a "fix" turned an atomic INCR into GET, check, INCR
-- Source: github.com/JhaSourav07/commitpulse/pull/5932 (merged 2026-06)
-- Store: Redis (Upstash)
-- Invariant: not more is granted than the limit
-- Shipped fix: the PR is a regression: `reference` is the request before it, `shipped` the one after it -> introduces the race
-- Note: so `buggy` and `shipped` are the same code.

scenario quo_05 "One request is left within the limit, and two come"

database redis redis { SET hits 1; }

request visit() {

  variant buggy "after the PR: GET, check, INCR"
      story "Both read one hit of two allowed, and both are served."
      expect violated {
    let hits = redis> GET hits;
    if hits.value::int >= 2 { respond 429; }
    redis> INCR hits;
    effect served(1 AS requests);
  }

  variant shipped "after the PR: GET, check, INCR"
      story "Both read one hit of two allowed, and both are served."
      expect violated {
    let hits = redis> GET hits;
    if hits.value::int >= 2 { respond 429; }
    redis> INCR hits;
    effect served(1 AS requests);
  }

  variant reference "before the PR: INCR, and what it says decides"
      expect holds {
    let hits = redis> INCR hits;
    if hits.value > 2 { respond 429; }
    effect served(1 AS requests);
  }
}

run visit() * 2

always "not more than the limit is served" { SELECT count(*) <= 1 FROM served }
