// The statements that C++ request handlers use on one database, parsed and bound once each and found by their text.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "store/operation.h"
#include "store/prepare.h"

namespace gapless::actor {

class Statements {
 public:
  // `name` is what diagnostics call the source: the model's file.
  Statements(sql::Catalog catalog, std::string name) : catalog_(std::move(catalog)), name_(std::move(name)) {}

  // The same text gives the same object. Several threads may ask at once.
  std::shared_ptr<const sql::Statement> prepare(std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto found = statements_.find(text);
    if (found != statements_.end()) return found->second;
    auto statement = store::prepare(text, catalog_, name_);
    statements_.emplace(std::string(text), statement);
    return statement;
  }

 private:
  const sql::Catalog catalog_;
  const std::string name_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const sql::Statement>, std::less<>> statements_;
};

}  // namespace gapless::actor
