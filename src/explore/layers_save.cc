// Checkpoints of an exploration layer by layer: between two layers, whatever the rest of them follows from.
#include <algorithm>

#include "base/digest.h"
#include "explore/checkpoint.h"
#include "explore/layers_engine.h"

namespace gapless::explore {
namespace {

void put(CheckpointWriter& out, const Widths& widths) {
  for (const auto bits : {widths.world, widths.local, widths.count, widths.groups}) out.put(bits);
  out.put_list(widths.additions);
  out.put_list(widths.slots);
}

Widths take_widths(CheckpointReader& in) {
  Widths widths;
  for (auto* bits : {&widths.world, &widths.local, &widths.count, &widths.groups}) {
    *bits = static_cast<std::uint32_t>(in.take());
  }
  widths.additions = in.take_list<std::uint32_t>();
  widths.slots = in.take_list<std::uint32_t>();
  return widths;
}

}  // namespace

bool LayersEngine::is_time_to_save() {
  const auto now = Clock::now();
  if (std::chrono::duration<double>(now - saved_).count() < limits_.seconds_between_checkpoints) return false;
  saved_ = now;
  return true;
}

// What a checkpoint is of.
std::uint64_t LayersEngine::what() const {
  const auto& wanted = limits_.reductions;
  Digest digest;
  digest.add(shared_.space.successors().model().digest).add(shared_.space.actor_count());
  for (const bool flag : {options_.counting, options_.stop_at_violation, options_.reduced, options_.factored,
                          wanted.symmetry, wanted.elision, wanted.reduction}) {
    digest.add(std::uint64_t{flag});
  }
  return digest.add(limits_.small_states).value();
}

void LayersEngine::save() {
  CheckpointWriter out(limits_.checkpoint);
  out.put(checkpoint_format);
  out.put(what());
  out.put_list(shared_.questions);
  // Of a layer in memory only the present shape is needed.
  const auto first = on_disk_ ? 0 : shapes_.size() - 1;
  out.put(shapes_.size() - first);
  for (auto i = first; i < shapes_.size(); ++i) {
    put(out, shapes_[i].codec.widths());
    out.put(shapes_[i].shape.limbs);
    out.put(std::uint64_t{shapes_[i].shape.clean});
  }
  for (const std::uint64_t word :
       {depth_, result_.states, result_.edges, result_.depth, result_.violating_depth,
        std::uint64_t{result_.violated.always}, std::uint64_t{result_.violated.finally},
        std::uint64_t{result_.violated.deadlock}, std::uint64_t{not_least().always}, std::uint64_t{not_least().finally},
        std::uint64_t{not_least().deadlock}, result_.bytes}) {
    out.put(word);
  }
  out.put_list(interleavings_.words());
  out.put_list(clean_.words());
  out.put_list(final_states_);
  out.put_list(on_disk_ ? on_disk_->sizes() : std::vector<std::uint64_t>());
  std::uint64_t entries = 0;
  for (const auto& shard : shards_) entries += kept(*shard).size();
  out.put(entries);
  for (const auto& shard : shards_) {
    const auto& table = kept(*shard);
    for (const auto* entry = table.begin(); entry != table.end(); entry += table.stride()) {
      if (entry[0] != 0) out.put(entry, table.stride());
    }
  }
  std::size_t lists = 1;
  for (const auto& shard : shards_) lists = std::max(lists, shard->later.size() + 1);
  out.put(lists);
  for (std::size_t list = 0; list < lists; ++list) {
    std::uint64_t words = 0;
    for (const auto& shard : shards_) words += keys_of(*shard, list).size();
    out.put(words);
    for (const auto& shard : shards_) out.put(keys_of(*shard, list).data(), keys_of(*shard, list).size());
  }
  out.close();
  // What the checkpoint before this one needed.
  if (on_disk_before_) on_disk_before_->forget();
  on_disk_before_.reset();
}

// The layer that is next, and what was found for those behind it.
Shard::Keys& LayersEngine::keys_of(Shard& shard, std::size_t list) {
  if (list == 0) return shard.now;
  if (shard.later.size() < list) shard.later.resize(list);
  return shard.later[list - 1];
}

void LayersEngine::resume() {
  // What another way had begun, which this one is not: the next one may be.
  if (options_.factored && !is_checkpoint_of(limits_.checkpoint, what())) throw Unsuitable{"saved without factors"};
  CheckpointReader in(limits_.checkpoint, what());
  expanders_[0]->ask_again(in.take_list<std::uint32_t>());
  shapes_.clear();
  for (auto left = in.take(); left > 0; --left) {
    RowCodec codec(take_widths(in));
    Shape shape;
    shape.key_words = codec.words();
    shape.limbs = in.take();
    shape.clean = in.take() != 0;
    shapes_.push_back({std::move(codec), shape});
  }
  codec_ = std::make_unique<RowCodec>(shapes_.back().codec);
  shape_ = shapes_.back().shape;
  for (auto* number : {&depth_, &result_.states, &result_.edges, &result_.depth, &result_.violating_depth}) {
    *number = in.take();
  }
  for (auto* flag : {&result_.violated.always, &result_.violated.finally, &result_.violated.deadlock,
                     &was_not_least_.always, &was_not_least_.finally, &was_not_least_.deadlock}) {
    *flag = in.take() != 0;
  }
  result_.bytes = in.take();
  interleavings_.add(in.take_list<std::uint64_t>());
  clean_.add(in.take_list<std::uint64_t>());
  final_states_ = in.take_list<std::uint64_t>();
  const auto sizes = in.take_list<std::uint64_t>();
  if (!sizes.empty()) on_disk_ = std::make_unique<SpilledLayer>(spill_folder(), depth_, sizes);
  const auto entries = in.take();
  std::vector<std::uint64_t> entry(shape_.key_words + shape_.payload_words());
  // A layer that only just had room goes to disk: spread anew it may need twice as much.
  const auto bytes = PackedTable::bytes_of(entry.size(), entries / threads_ * 2) * threads_;
  const bool has_room = entries == 0 || !may_spill() || !(limits_.spill_at_once || bytes > memory_bytes_);
  if (has_room) {
    shape(options_.counting ? 0 : entries, options_.counting ? entries : 0);
  } else {
    shape();
    on_disk_ = std::make_unique<SpilledLayer>(spill_folder(), depth_, threads_, false);
  }
  for (std::uint64_t i = 0; i < entries; ++i) {
    in.take(entry.data(), entry.size());
    if (!has_room) {
      const auto part = codec_->group_of(entry.data()) % SpilledLayer::parts;
      on_disk_->put(i % threads_, part, static_cast<std::uint32_t>(shapes_.size() - 1), entry);
      continue;
    }
    const auto hash = hash_words(entry.data(), shape_.key_words);
    std::copy(entry.begin(), entry.end(), kept(*shards_[shard_of(hash)]).insert(entry.data(), hash).entry);
  }
  for (std::size_t writer = 0; !has_room && writer < threads_; ++writer) on_disk_->finish(writer);
  for (auto& shard : shards_) shard->now.clear();
  const auto lists = in.take();
  entry.resize(shape_.key_words);
  for (std::size_t list = 0; list < lists; ++list) {
    const auto words = in.take();
    for (std::uint64_t i = 0; i < words; i += shape_.key_words) {
      in.take(entry.data(), entry.size());
      auto& keys = keys_of(*shards_[shard_of(hash_words(entry.data(), entry.size()))], list);
      keys.insert(keys.end(), entry.begin(), entry.end());
    }
  }
  in.close();
}

}  // namespace gapless::explore
