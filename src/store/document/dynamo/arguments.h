// The parameters of an action: each is known, and what must be there is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/document/dynamo/parser.h"
#include "store/document/value.h"

namespace gapless::store::document::dynamo {

class Arguments {
 public:
  // Refuses a parameter that is not among `known`, and what is not an object.
  // `given` must live as long.
  Arguments(std::string action, const Value& given, std::span<const std::string_view> known);
  Arguments(std::string action, const Value&& given, std::span<const std::string_view> known) = delete;

  const Value* find(std::string_view name) const;
  const Value& need(std::string_view name) const;

  // Constants: what is known only at run time is refused, but of whole().
  std::string text(std::string_view name) const;  // needed
  std::optional<std::string> text_if_any(std::string_view name) const;
  bool flag(std::string_view name, bool otherwise) const;
  std::optional<std::size_t> whole(std::string_view name) const;  // from 1 on; none where it is unknown
  const Object& object(std::string_view name) const;
  const Array& list(std::string_view name, std::size_t most) const;

  // Of ExpressionAttributeNames and ExpressionAttributeValues; then that all of them have been used.
  Terms terms() const;
  void check_all_used(const Terms& terms) const;

  std::optional<Expression> condition(std::string_view name, Terms& terms) const;
  std::optional<std::vector<Change>> changes(Terms& terms) const;
  std::optional<std::vector<DocumentPath>> projection(Terms& terms) const;

  const std::string& action() const { return action_; }

 private:
  [[noreturn]] void refuse_unknown(std::string_view name) const;

  std::string action_;
  const Object* given_ = nullptr;
};

}  // namespace gapless::store::document::dynamo
