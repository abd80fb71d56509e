#include "live/comparable.h"

#include <algorithm>

namespace gapless::live {
namespace {

using Kind = model::Database::Kind;

bool has(const model::Model& model, Kind kind) {
  return std::ranges::any_of(model.databases, [&](const auto& database) { return database.kind == kind; });
}

}  // namespace

bool needs_postgres(const model::Model& model) { return has(model, Kind::postgres); }

bool needs_redis(const model::Model& model) { return !model.keyvalues.empty(); }

std::string why_not_comparable(const model::Model& model) {
  if (model.clock.size() > 1) return "it has a clock, and a server's is not ours to set";
  if (has(model, Kind::replica)) return "it has a replica, and how far it lags is not ours to set";
  if (has(model, Kind::memory)) return "it has memory of a process, which is on no server";
  if (has(model, Kind::locks)) return "it has locks of an application, which are on no server";
  if (!model.documents.empty()) return "it has a database of documents, of which there is no server here";
  return {};
}

}  // namespace gapless::live
