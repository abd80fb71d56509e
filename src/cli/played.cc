// A schedule is stale as soon as the model's digest is another one, even if it still violates something: it was
// recorded as evidence about another model.
#include "cli/played.h"

#include <fmt/core.h>

#include <utility>

#include "cli/arguments.h"
#include "cli/files.h"

namespace gapless::cli {
namespace {

std::string why_stale(const model::RecordedSchedule& recorded, const Played& played, const std::string& reason) {
  if (played.model->digest != recorded.digest) {
    return fmt::format("the model is not the one it was recorded with (digest {:016x}, now {:016x})", recorded.digest,
                       played.model->digest);
  }
  if (!played.execution) return "it cannot be played any more: " + reason;
  const auto& violated = played.execution->violated;
  if (violated == recorded.invariant) return {};
  return "it no longer violates “" + recorded.invariant + "”" +
         (violated.empty() ? ", nor anything else" : " but “" + violated + "”");
}

}  // namespace

model::RecordedSchedule read_recorded(const std::string& path) {
  std::string reason;
  auto recorded = model::parse_recorded_schedule(read_file(path), reason);
  if (!recorded) throw ModelError(Diagnostic{path, 0, 0, "is no recorded schedule: " + reason, ""});
  if (!parse_isolation(recorded->isolation)) {
    throw ModelError(Diagnostic{path, 0, 0, "unknown isolation level \"" + recorded->isolation + "\"", ""});
  }
  return *std::move(recorded);
}

Played play(const model::RecordedSchedule& recorded, const Engine& engine) {
  Played played;
  auto models = engine.load(recorded.file, {recorded.variant, recorded.actors, parse_isolation(recorded.isolation),
                                            model::parse_faults(recorded.faults)});
  for (auto& model : models) {
    if (model.scenario == recorded.scenario && !played.model) played.model = std::move(model);
  }
  if (!played.model) {
    played.stale =
        recorded.file + " has no variant “" + recorded.variant + "” of a scenario “" + recorded.scenario + "”";
    return played;
  }
  std::string reason;
  played.execution = engine.replay(*played.model, recorded.schedule, reason);
  played.stale = why_stale(recorded, played, reason);
  return played;
}

}  // namespace gapless::cli
