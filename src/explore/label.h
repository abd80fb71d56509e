// Labels for actors that are related to each other.
//
// At SERIALIZABLE actors in equal local states need not be interchangeable: the graph of dependencies tells them apart.
// Four of them with one edge in and one edge out each may be one ring of four, or two rings of two, and these end
// differently. So the actors that the graphs of a world speak of have labels 0, 1, …, by which they stand in the graphs
// and in their local states. Which one gets which label must depend on nothing that merely names: canonical_labels()
// refines what is known of each one (its place, what the graphs say of it, what they say of its neighbours, and so on
// until nothing more comes of it: McKay and Piperno, "Practical graph isomorphism II", 2014), and tries all orders of
// those that are still alike. Where these are too many they are left as they are: then equal states may be kept apart,
// never different ones taken for equal.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/relational/serialization.h"

namespace gapless::explore {

constexpr std::uint32_t no_label = store::relational::Serialization::nobody;

// One that no actor has yet.
std::uint32_t fresh_label(std::span<const store::relational::Serialization> graphs);
// Whether some graph speaks of the label.
bool has_label(std::span<const store::relational::Serialization> graphs, std::uint32_t label);

// By old label the new one; no_label for those that nobody has. `places` says by label where its actor stands (two with
// equal places have equal local states). Empty if there is no label.
std::vector<std::uint32_t> canonical_labels(std::span<const store::relational::Serialization> graphs,
                                            std::span<const std::uint64_t> places);

}  // namespace gapless::explore
