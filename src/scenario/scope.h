// The local names of a request and the variables behind them.
//
// A name is visible from its `let` to the end of the block (that of `transaction`, `hold` and `section` also behind
// it), so whatever can be read has been written. A result is as many variables as it has fields that the request reads:
// then a merge key holds nothing that cannot matter.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "scenario/code.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

struct Local {
  enum class Kind : std::uint8_t { scalar, result, row, call };

  Name name;
  Kind kind = Kind::scalar;
  bool read_only = false;
  Variable variable = 0;               // of a scalar
  std::vector<std::string> columns;    // of the others
  std::map<std::string, Keep> fields;  // that are read: "balance", "count", and ".rows"
  std::vector<std::string> outcomes;   // of a call: what its caller can see
  bool is_number = false;              // of a Redis command: the reply is never nil
  bool is_document = false;            // capitals do not matter in its fields, and limits.used is limits_used
  bool always_found = false;           // of a change that is always made
};

class Scope {
 public:
  Scope(const SourceText& source, std::vector<Diagnostic>& warnings) : source_(source), warnings_(warnings) {}

  // Each returns the local's number. Throws where the name is taken or no name for a local.
  std::size_t declare_scalar(const Name& name, bool read_only = false);
  std::size_t declare_result(const Name& name, Local::Kind kind, std::vector<std::string> columns);

  // Names declared between the two are forgotten again.
  std::size_t open() const { return visible_.size(); }
  void close(std::size_t opened) { visible_.resize(opened); }
  // Or they stay until the block around is closed, and until another `let` takes the name: those of a block that is
  // left at its end only after all of it has run, as transaction { } is.
  void linger(std::size_t opened) {
    lingering_.insert(visible_.begin() + static_cast<std::ptrdiff_t>(opened), visible_.end());
  }

  bool is_local(std::string_view name) const { return find(name) != nullptr; }
  // The number of a visible local; throws with what was probably meant.
  std::size_t number_of(const Name& name) const;
  Local& local(std::size_t number) { return locals_[number]; }

  // The visible local of this name; null where there is none.
  const Local* seen(std::string_view name) const { return find(name); }

  // "amount", "user.balance": the variable that holds it.
  Variable variable_of(const Name& path);
  Variable rows_of(std::size_t number);  // x.rows
  Variable fresh(std::string name);      // one of our own

  const std::vector<std::string>& variables() const { return variables_; }

 private:
  const Local* find(std::string_view name) const;
  std::size_t declare(Local local);
  Variable field_of(Local& local, std::string field, Offset at);

  const SourceText& source_;
  std::vector<Diagnostic>& warnings_;
  std::vector<Local> locals_;
  std::vector<std::size_t> visible_;
  std::set<std::size_t> lingering_;
  std::vector<std::string> variables_;
};

}  // namespace gapless::scenario
