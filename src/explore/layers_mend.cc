// What must be done now and then before a layer can go on: rows become wider, sums longer.
#include <algorithm>

#include "base/check.h"
#include "explore/layers_engine.h"

namespace gapless::explore {

// Empty tables of the present shape, with room for so many.
void LayersEngine::shape(std::uint64_t table_entries, std::uint64_t layer_entries) {
  shape_.key_words = codec_->words();
  // Hashes are not quite even.
  const auto each = [&](std::uint64_t entries) { return entries / threads_ + entries / 16; };
  for (auto& shard : shards_) {
    shard->table = PackedTable(shape_.key_words, shape_.payload_words(), each(table_entries));
    shard->layer = PackedTable(shape_.key_words, shape_.payload_words(), each(layer_entries));
    shard->position = 0;
  }
  for (auto& expander : expanders_) expander->use(*codec_);
  shapes_.push_back({*codec_, shape_});
}

void LayersEngine::mend() {
  if (control_.needs_room) spill();
  if (control_.needed || control_.needs_limbs || control_.needs_clean) enlarge();
  control_.needs_room = false;
}

// What is needed now, without what was given beyond need before.
Widths LayersEngine::least_widths() {
  auto widths = control_.needed ? *control_.needed : codec_->widths();
  if (!codec_->is_slots()) return widths;
  std::ranges::fill(widths.slots, 1);
  // To pack a million states anew costs more than a bit beyond need.
  constexpr std::uint64_t many = 1'000'000;
  const std::uint32_t beyond = result_.states > many ? 1 : 0;
  for (std::size_t slot = 0; slot < widths.slots.size(); ++slot) {
    widths.slots[slot] = std::max(widths.slots[slot], bits_of(shared_.codes(slot)) + beyond);
  }
  WorldNumber largest = 0;
  for (const auto& expander : expanders_) largest = std::max(largest, expander->largest_world());
  widths.world = bits_of(largest);
  return widths;
}

// Everything that is in memory and still needed is packed anew, in a larger shape.
void LayersEngine::enlarge() {
  const RowCodec old_codec = *codec_;
  const Shape old_shape = shape_;
  if (control_.needed) {
    codec_ = std::make_unique<RowCodec>(codec_->is_slots() ? with_what_is_free(least_widths()) : *control_.needed);
  }
  if (control_.needs_limbs) ++shape_.limbs;
  if (control_.needs_clean) shape_.clean = true;
  control_.needed.reset();
  control_.needs_limbs = control_.needs_clean = false;

  struct Old {
    PackedTable table;
    PackedTable layer;
    Shard::Keys now;
    Shard::Keys next;
    std::vector<Shard::Keys> later;
    Shard::Keys held;
    std::vector<PackedTable> ahead;
    std::size_t position;
  };
  std::vector<Old> old;
  std::uint64_t table_entries = 0;
  std::uint64_t layer_entries = 0;
  for (auto& shard : shards_) {
    table_entries += shard->table.size();
    layer_entries += shard->layer.size();
    old.push_back({std::move(shard->table), std::move(shard->layer), std::move(shard->now), std::move(shard->next),
                   std::move(shard->later), std::move(shard->held), std::move(shard->ahead), shard->position});
    shard->now.clear();
    shard->next.clear();
    shard->later.clear();
    shard->held.clear();
    shard->ahead.clear();
  }
  shape(table_entries, layer_entries);
  for (auto& shard : old) {
    if (options_.counting) {
      repack_table(shard.layer, shard.position, old_codec, old_shape,
                   [](Shard& to) -> PackedTable& { return to.layer; });
      shard.layer = PackedTable(1, 0);
    }
    repack_table(shard.table, 0, old_codec, old_shape, [](Shard& to) -> PackedTable& { return to.table; });
    shard.table = PackedTable(1, 0);
    for (std::size_t i = 0; i < shard.ahead.size(); ++i) {
      repack_table(shard.ahead[i], 0, old_codec, old_shape,
                   [&](Shard& to) -> PackedTable& { return further_table(to, i + 2); });
      shard.ahead[i] = PackedTable(1, 0);
    }
    shard.now.erase(shard.now.begin(),
                    shard.now.begin() + static_cast<std::ptrdiff_t>(options_.counting ? 0 : shard.position));
    repack_keys(shard.now, old_codec, [](Shard& to) -> Shard::Keys& { return to.now; });
    repack_keys(shard.next, old_codec, [](Shard& to) -> Shard::Keys& { return to.next; });
    for (std::size_t i = 0; i < shard.later.size(); ++i) {
      repack_keys(shard.later[i], old_codec, [i](Shard& to) -> Shard::Keys& {
        if (to.later.size() <= i) to.later.resize(i + 1);
        return to.later[i];
      });
    }
    insert_held(shard.held, old_codec, old_shape);
  }
}

// From `position` on.
void LayersEngine::repack_table(const PackedTable& old, std::size_t position, const RowCodec& old_codec,
                                const Shape& old_shape, const std::function<PackedTable&(Shard&)>& table) {
  std::vector<std::uint64_t> key(codec_->words());
  for (const auto* from = old.begin() + position; from != old.end(); from += old.stride()) {
    if (from[0] == 0) continue;
    expanders_[0]->repack(old_codec, from, *codec_, key.data());
    const auto hash = hash_words(key.data(), key.size());
    auto* entry = table(*shards_[shard_of(hash)]).insert(key.data(), hash).entry;
    copy_payload(from + old_shape.key_words, old_shape, entry + shape_.key_words);
  }
}

// Numbers of ways in the present shape. What was not told apart before is clean.
void LayersEngine::copy_payload(const std::uint64_t* from, const Shape& old_shape, std::uint64_t* to) const {
  std::copy_n(from, old_shape.limbs, to);
  if (shape_.clean) std::copy_n(from + (old_shape.clean ? old_shape.limbs : 0), old_shape.limbs, to + shape_.limbs);
}

void LayersEngine::repack_keys(const Shard::Keys& old, const RowCodec& old_codec,
                               const std::function<Shard::Keys&(Shard&)>& keys) {
  std::vector<std::uint64_t> key(codec_->words());
  for (std::size_t place = 0; place < old.size(); place += old_codec.words()) {
    expanders_[0]->repack(old_codec, old.data() + place, *codec_, key.data());
    auto& to = keys(*shards_[shard_of(hash_words(key.data(), key.size()))]);
    to.insert(to.end(), key.begin(), key.end());
  }
}

void LayersEngine::insert_held(const Shard::Keys& held, const RowCodec& old_codec, const Shape& old_shape) {
  std::vector<std::uint64_t> key(codec_->words());
  std::vector<std::uint64_t> ways(shape_.payload_words());
  const auto words = old_shape.key_words + 3 + old_shape.payload_words();
  for (const auto* message = held.data(); message != held.data() + held.size(); message += words) {
    expanders_[0]->repack(old_codec, message, *codec_, key.data());
    const auto count = message[old_shape.key_words];
    const bool has_failed = message[old_shape.key_words + 1] != 0;
    const auto length = message[old_shape.key_words + 2];
    std::ranges::fill(ways, 0);
    copy_payload(message + old_shape.key_words + 3, old_shape, ways.data());
    const auto hash = hash_words(key.data(), key.size());
    auto& table = table_ahead(*shards_[shard_of(hash)], length);
    auto* sums = table.insert(key.data(), hash).entry + shape_.key_words;
    bool fits = add_product(sums, ways.data(), shape_.limbs, count);
    if (shape_.clean && !has_failed) {
      fits = add_product(sums + shape_.limbs, ways.data() + shape_.limbs, shape_.limbs, count) && fits;
    }
    check(fits, "a sum has room in one more word");
  }
}

}  // namespace gapless::explore
