// A town: numbered customers, each with a session, at one bank with one database. A script says who does what, and what
// comes of it; transcript() plays it and gives it back with what really came of it, so that a test compares two texts:
//
//   1> BEGIN; UPDATE t SET v = v - 7 WHERE id = 1 AND v >= 7 => 1 row changed
//   2> UPDATE t SET v = v - 7 WHERE id = 1 AND v >= 7        => waits
//   ready                                                    => nobody      (who waits and could go on)
//   1> COMMIT                                                => committed
//   2> …                                                     => 0 rows changed   (goes on)
//   2> ~ deadlock                                            => …           (its waiting statement is the victim)
//   t                                                        => (1, 3)      (what is committed in a table)
//   2 waits for                                              => 1           (whose transaction holds it up, or who
//   stands
//                                                                            before it in a queue)
//   deadlocked                                               => 1 2         (who waits in a cycle)
//   2> ~ time out                                            => …           (its waiting statement runs into its
//   time-out) 2> ~ disconnect                                          => gone
//
// BEGIN, SAVEPOINT, RELEASE, SET and LOCK TABLE come out as "done".
// A failure is its condition only: "unique_violation"; of a serialization_failure also which of the three it is:
// "serialization_failure (concurrent delete)", "… (concurrent update)", "… (dependencies)". Nothing goes on by itself:
// where several could, the script says in which order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/prepare.h"
#include "store/relational/server.h"

namespace gapless::store::relational {

// After every step the state is also checked for what must always be true of it (town.cc).
class Town {
 public:
  explicit Town(std::string_view schema, Tracking tracking = {true, true, false});

  std::string transcript(std::string_view script);

  // One line of a script, without what is expected: what comes of it.
  std::string play(std::string_view line);

  // As play(), with the whole answer; none: the statement waits.
  std::optional<Observation> perform(int number, const std::string& statement);
  std::optional<Observation> go_on(int number);

  bool waits(int number) const { return server_.waits(index(number)); }
  std::vector<int> ready() const;
  // Whose transactions hold up the statement in which `number` waits.
  std::vector<int> blockers(int number) const;

  const Session& session(int number) const { return server_.session(index(number)); }
  const Database& database() const { return server_.database(); }
  const Serialization& serialization() const { return server_.serialization(); }
  const sql::Catalog& catalog() const { return server_.catalog(); }
  // "(1, 3) (2, 5)" in order of the primary key; "empty".
  std::string table(std::string_view name) const;

 private:
  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  std::optional<Observation> checked(std::optional<Observation> observation) const;

  Server server_;
};

}  // namespace gapless::store::relational
