// A layer that is too large for the memory. What is found of the next one goes to disk whenever the memory is full, a
// state by the part that it belongs to; when its turn comes it is read part by part, and what stands there several
// times is added up (delayed duplicate detection; Korf, Large-scale parallel breadth-first search, 2005). Parts go by
// the first few actors, so that a step mostly stays in its part, and what the memory holds at a time is mostly of one.
#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "explore/layers_engine.h"

namespace gapless::explore {
namespace {

// Of the memory: with less to spare it would be full again at once.
constexpr std::uint64_t least_share = 8;

}  // namespace

// The table may become twice as large. To be called by its owner.
bool LayersEngine::may_grow(std::size_t number) {
  const auto& table = shards_[number]->table;
  if (limits_.spill_at_once && may_spill()) return false;
  weigh(number);
  // While it moves there are the old one and the new one.
  return bytes() + 2 * table.bytes() <= memory_bytes_ || !spilling_helps();
}

// Without what could go to disk there would be room again, and not only for a moment.
bool LayersEngine::spilling_helps() {
  std::uint64_t rest = bytes();
  for (const auto& shard : shards_) rest -= std::min<std::uint64_t>(rest, shard->table_bytes);
  return may_spill() && rest + memory_bytes_ / least_share <= memory_bytes_;
}

std::string LayersEngine::spill_folder() {
  if (!limits_.checkpoint.empty()) return limits_.checkpoint;
  // Not /tmp, which on many machines is memory.
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

// Everything that was found of the next layer.
void LayersEngine::spill() {
  check(may_spill(), "only what comes by steps goes to disk");
  if (!next_on_disk_) {
    next_on_disk_ = std::make_unique<SpilledLayer>(spill_folder(), depth_ + 1, threads_, !limits_.checkpoint.empty());
  }
  for_each_shard([&](std::size_t number) {
    auto& table = shards_[number]->table;
    const auto shape = static_cast<std::uint32_t>(shapes_.size() - 1);
    for (const auto* entry = table.begin(); entry != table.end(); entry += table.stride()) {
      if (entry[0] == 0) continue;
      const auto part = codec_->group_of(entry) % SpilledLayer::parts;
      next_on_disk_->put(number, part, shape, {entry, table.stride()});
    }
    table = PackedTable(shape_.key_words, shape_.payload_words());
  });
}

// Where one of two layers is on disk, or both are.
void LayersEngine::end_layer_on_disk() {
  if (next_on_disk_) {
    spill();
    for_each_shard([&](std::size_t shard) { next_on_disk_->finish(shard); });
  }
  on_disk_before_ = std::move(on_disk_);
  on_disk_ = std::move(next_on_disk_);
  for (auto& shard : shards_) {
    shard->position = 0;
    if (on_disk_) {
      shard->layer = PackedTable(shape_.key_words, shape_.payload_words());
    } else {
      std::swap(shard->layer, shard->table);
      shard->table.clear();
    }
  }
}

// A part of the layer on disk takes the place of what was expanded.
void LayersEngine::load(std::size_t part) {
  for (;;) {
    std::atomic<bool> fits{true};
    for_each_shard([&](std::size_t shard) {
      if (!load_shard(part, shard)) fits = false;
    });
    if (fits) return;
    for (auto& shard : shards_) shard->layer.clear();
    control_.needs_limbs = true;
    enlarge();
  }
}

// False where a sum does not fit.
bool LayersEngine::load_shard(std::size_t part, std::size_t number) {
  auto& shard = *shards_[number];
  shard.layer.clear();
  shard.position = 0;
  bool fits = true;
  std::vector<std::uint64_t> key(shape_.key_words);
  std::vector<std::uint64_t> ways(shape_.payload_words());
  on_disk_->read(part, [&](std::uint32_t stored, std::span<const std::uint64_t> entries) {
    if (stored >= shapes_.size()) throw SpillError{"a layer's file is not what was written"};
    const auto& old = shapes_[stored];
    const auto words = old.shape.key_words + old.shape.payload_words();
    for (const auto* entry = entries.data(); entry != entries.data() + entries.size(); entry += words) {
      if (stored + 1 == shapes_.size()) {
        std::copy_n(entry, key.size(), key.data());
      } else {
        expanders_[number]->repack(old.codec, entry, *codec_, key.data());
      }
      const auto hash = hash_words(key.data(), key.size());
      if (shard_of(hash) != number) continue;
      std::fill(ways.begin(), ways.end(), 0);
      copy_payload(entry + old.shape.key_words, old.shape, ways.data());
      auto* sums = shard.layer.insert(key.data(), hash).entry + shape_.key_words;
      fits = add_product(sums, ways.data(), shape_.limbs, 1) && fits;
      if (!shape_.clean) continue;
      fits = add_product(sums + shape_.limbs, ways.data() + shape_.limbs, shape_.limbs, 1) && fits;
    }
  });
  return fits;
}

}  // namespace gapless::explore
