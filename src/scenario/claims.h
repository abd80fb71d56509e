// `expect holds`, `expect violated at "read committed" with crash, holds at "serializable"`: what is claimed where.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "model/model.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

inline constexpr std::array isolation_levels = {store::Isolation::read_committed, store::Isolation::repeatable_read,
                                                store::Isolation::serializable};

// "read committed", in any case. Throws where there is no such level.
store::Isolation isolation_of(const Name& level, const SourceText& source);

// Refuses contradictions and unknown levels.
void check_claims(const std::vector<Claim>& claims, const SourceText& source);

// Where a run stands relative to the file.
struct Circumstances {
  store::Isolation level = store::Isolation::read_committed;
  store::Isolation file_level = store::Isolation::read_committed;
  std::size_t actors = 0;
  std::size_t file_actors = 0;
  model::Faults faults;
  std::vector<model::Faults> file_faults = {{}};  // the file's settings
};

// Whether the claim speaks of this setting: it names only faults that are possible there, or says `without faults`.
bool is_meant(const Claim& claim, const model::Faults& faults);

// A claim for some setting of faults goes before one for all, and of those that fit the one that names most; then one
// that names the level (or `every level`) before one that names none. Where only other levels are named nothing is
// claimed.
// `holds` is claimed for any number of actors and, unless it names a level, for any level; `violated` for at least as
// many actors and faults as the file has, at the file's level or the one it names. No claim at all means `holds`.
std::optional<model::Expected> expected(const std::vector<Claim>& claims, const Circumstances& now,
                                        const SourceText& source);

}  // namespace gapless::scenario
