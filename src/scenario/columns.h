// The columns of a collection, from the fields that are mentioned of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/source.h"
#include "store/document/database.h"

namespace gapless::scenario {

class Columns {
 public:
  // What was an array the last time, so that a path through it is one of its elements.
  using Arrays = std::set<store::document::Path>;

  explicit Columns(Arrays arrays = {}) : arrays_(std::move(arrays)) {}

  // `value` stands for the field's type; null and Unknown: it does not tell.
  void mention(const store::document::Path& path, const store::document::Value& value, Offset at);

  // In the order of mention. Two names that SQL does not tell apart are a ModelError.
  void finish(const SourceText& source, store::document::Collection& collection) const;

  Arrays arrays() const;

 private:
  struct Field {
    store::document::Path path;
    sql::Type type = sql::Type::unknown;
    bool is_array = false;
    bool is_object = false;
    Offset at = 0;
    std::vector<Field> elements;
  };

  static void add(std::vector<Field>& fields, const store::document::Path& path, const store::document::Value& value,
                  Offset at);
  static Field& field_at(std::vector<Field>& fields, const store::document::Path& path, Offset at);
  static std::vector<store::document::Column> columns_of(const SourceText& source, const std::vector<Field>& fields,
                                                         const std::string& of);

  Arrays arrays_;
  std::vector<Field> fields_;
};

}  // namespace gapless::scenario
