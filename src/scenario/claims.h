// `expect holds`, `expect violated at "read committed", holds at "serializable"`: what is claimed where.
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
};

// A claim that names the level (or `every level`) goes before one that names none; where only other levels are named
// nothing is claimed.
// `holds` is claimed for any number of actors and, unless it names a level, for any level; `violated` for at least as
// many actors as the file runs, at the file's level or the one it names. No claim at all means `holds`.
std::optional<model::Expected> expected(const std::vector<Claim>& claims, const Circumstances& now,
                                        const SourceText& source);

}  // namespace gapless::scenario
