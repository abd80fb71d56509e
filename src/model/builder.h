// Models from C++ functions.
//
//   Model model = Builder("models/withdraw.cc", "withdraw", "Two withdrawals race")
//       .variant("naive", "read, check, write").expect(Expected::violated)
//       .database("bank", "CREATE TABLE users (…); INSERT INTO users VALUES (1, 100);")
//       .ledger("paid", {"amount"})
//       .request("withdraw", "(50)", [](Session& bank) { return withdraw(bank, 50); }, 2)
//       .always("the balance never goes below zero", "SELECT min(balance) >= 0 FROM users")
//       .build();
//
// Requests must be deterministic and must not share anything but the databases; see actor/session.h. Wrong SQL is a
// ModelError, from build() or when the statement is first reached.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/model.h"

namespace gapless::model {

class Builder {
 public:
  using Handler = std::function<actor::Response(actor::Session&)>;
  // One session a database, in the order of database().
  using HandlerOfSeveral = std::function<actor::Response(std::span<actor::Session>)>;

  Builder(std::string file, std::string scenario, std::string title);

  Builder& variant(std::string name, std::string title, std::string story = "");
  // Of every transaction and statement that a handler gives none; READ COMMITTED where it is not said.
  Builder& isolation(store::Isolation level);
  // What handlers may use beyond it: begin() at SERIALIZABLE, LOCK TABLE. The store must know in advance; a handler
  // that uses what is not declared here is a ModelError.
  Builder& uses(store::relational::Tracking tracking);
  Builder& expect(Expected expected);
  Builder& database(std::string name, std::string sql);
  // Every effect that a handler has must be declared with the names of its values.
  Builder& ledger(std::string name, std::vector<std::string> columns);
  // `actors` of this request run at once. All databases must have been named before.
  Builder& request(std::string name, std::string arguments, Handler handler, std::size_t actors);
  Builder& request_of_several(std::string name, std::string arguments, HandlerOfSeveral handler, std::size_t actors);
  Builder& always(std::string title, std::string sql);
  Builder& finally(std::string title, std::string sql);

  // The digest covers all that was said here; of the handlers it can cover only the names.
  Model build() const;

 private:
  struct Invariant {
    PropertyKind kind;
    std::string title;
    std::string sql;
  };
  struct Request {
    std::string name;
    std::string arguments;
    HandlerOfSeveral handler;
    std::size_t actors;
  };

  Model model_;
  std::vector<std::pair<std::string, std::string>> databases_;  // name and SQL
  std::vector<Request> requests_;
  std::vector<Invariant> invariants_;
};

}  // namespace gapless::model
