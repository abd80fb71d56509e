#include "explore/layers.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "explore/checkpoint.h"
#include "explore/graph.h"
#include "explore/layers_engine.h"

namespace gapless::explore {
namespace {

// A layer of fewer states is not worth waking the other threads; unless small things are to be tried layer by layer.
std::uint64_t smallest_shared_layer(const Limits& limits) { return limits.small_states == 0 ? 32 : 4096; }

// Then a slot an actor is enough, for ever.
bool is_everybody_distinct(const model::Model& model) {
  auto actors = model.actors;
  std::ranges::sort(actors);
  return std::ranges::adjacent_find(actors) == actors.end() && model.messages.empty() && model.faults.none();
}

}  // namespace

LayersEngine::LayersEngine(Space& space, Levels& levels, const Limits& limits, const LayersOptions& options,
                           Clock::time_point start)
    : limits_(limits),
      options_(options),
      reduction_(space.successors().model(), limits.reductions, options.splits),
      shared_(space, levels, options.factored, Merging(space.successors().model(), limits.reductions)),
      memory_bytes_(limits.memory_bytes == 0 ? default_memory_bytes() : limits.memory_bytes),
      threads_(std::max(1U, limits.jobs)),
      initial_locals_(space.initial_locals()),
      start_(start) {
  initial_.world = space.initial().world;
  for (const auto local : initial_locals_) initial_.add(local);
  Widths widths;
  if (is_everybody_distinct(space.successors().model())) {
    shared_.assign_slots(initial_locals_);
    widths.slots.assign(initial_locals_.size(), 2);
  }
  codec_ = std::make_unique<RowCodec>(widths);
  for (unsigned i = 0; i < threads_; ++i) {
    shards_.push_back(std::make_unique<Shard>());
    expanders_.push_back(std::make_unique<Expander>(shared_, options.reduced ? &reduction_ : nullptr));
  }
  if (options.counting) shape_.limbs = 1;
}

LayersResult LayersEngine::run() {
  begin();
  // What goes by longest paths is not saved.
  if (limits_.resume && by_steps()) resume();
  for (; has_layer(); ++depth_) {
    for (auto& shard : shards_) shard->sums = {};
    if (!expand_layer()) return finish();
    Violations violated;
    for (const auto& shard : shards_) {
      violated.add(shard->sums.violated);
      interleavings_.add(shard->sums.interleavings.words());
      clean_.add(shard->sums.clean.words());
      final_states_.insert(final_states_.end(), shard->sums.final_states.begin(), shard->sums.final_states.end());
    }
    if (violated.any() && result_.violating_depth == LayersResult::never) {
      result_.violating_depth = depth_;
      result_.violated = violated;
    }
    if (violated.any() && options_.stop_at_violation) return finish();
    for (const auto& shard : shards_) result_.edges += shard->sums.edges;
    result_.depth = depth_;
    next_layer();
    if (!limits_.checkpoint.empty() && by_steps() && (on_disk_ || is_time_to_save())) {
      ++depth_;
      save();
      --depth_;
      if (++checkpoints_ == limits_.most_checkpoints) {
        result_.incomplete_reason = "as many checkpoints as were asked for are saved";
        return finish();
      }
    }
  }
  result_.complete = true;
  on_disk_before_.reset();
  if (!limits_.checkpoint.empty()) remove_checkpoint(limits_.checkpoint);
  return finish();
}

void LayersEngine::begin() {
  std::vector<std::uint64_t> key;
  shape();
  const auto pack_initial = [&] {
    while (!expanders_[0]->first(initial_, initial_locals_, key)) {
      codec_ = std::make_unique<RowCodec>(expanders_[0]->needed());
      shape();
    }
  };
  pack_initial();
  if (codec_->is_slots() || !by_steps()) {
    scout(key);
    pack_initial();
  }
  const auto hash = hash_words(key.data(), codec_->words());
  auto& shard = *shards_[shard_of(hash)];
  auto* entry = kept(shard).insert(key.data(), hash).entry;
  if (options_.counting) {
    entry[shape_.key_words] = 1;
  } else {
    shard.now = key;
  }
}

// Some runs at random, which meet nearly everything that rows are made of, and nearly all places of an actor: to find
// it out later, with millions of rows there, means to pack them all anew, or to begin once more.
void LayersEngine::scout(std::vector<std::uint64_t>& key) {
  // As many steps as the space has states at least; a few where small ones are to be tried.
  const auto most_steps = std::clamp<std::uint64_t>(limits_.small_states, 100, 20'000);
  auto state = key;
  std::uint64_t random = 1;
  for (std::uint64_t step = 0; step < most_steps; ++step) {
    auto& expander = *expanders_[0];
    const bool fits = expander.expand(state.data(), false);
    if (!fits) {
      control_.needed = expander.needed();
      codec_ = std::make_unique<RowCodec>(with_what_is_free(least_widths()));
      control_.needed.reset();
      shape();
    }
    if (!fits || expander.successors() == 0) {
      if (!expander.first(initial_, initial_locals_, key)) return;
      state = key;
      continue;
    }
    random = random * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
    const auto* next = expander.successor((random >> 33U) % expander.successors());
    state.assign(next, next + codec_->words());
  }
}

bool LayersEngine::has_layer() const {
  if (on_disk_ || layer_size() > 0) return true;
  return std::ranges::any_of(shards_, [this](const auto& shard) {
    return (options_.counting && shard->table.size() > 0) ||
           std::ranges::any_of(shard->ahead, [](const auto& table) { return table.size() > 0; }) ||
           std::ranges::any_of(shard->later, [](const auto& keys) { return !keys.empty(); });
  });
}

PackedTable& LayersEngine::further_table(Shard& shard, std::uint64_t length) {
  while (shard.ahead.size() + 1 < length) shard.ahead.emplace_back(shape_.key_words, shape_.payload_words());
  return shard.ahead[length - 2];
}

// False where it came to an end before that.
bool LayersEngine::expand_layer() {
  try {
    if (!on_disk_) return expand_what_is_there();
    for (std::size_t part = 0; part < SpilledLayer::parts; ++part) {
      load(part);
      if (layer_size() > 0 && !expand_what_is_there()) return false;
      on_disk_->drop(part);
    }
    return true;
  } catch (const SpillError& error) {
    result_.incomplete_reason = "the memory limit is reached, and the disk is no help: " + error.what;
    return false;
  }
}

bool LayersEngine::expand_what_is_there() {
  result_.states += layer_size();
  while (!expand()) {
    if (!result_.incomplete_reason.empty()) return false;
    mend();
  }
  // What goes round needs the graph: whether it can end, and how far it is to be followed.
  if (shared_.space.automata().has_loop() || !shared_.space.repeated().empty()) throw Unsuitable{"there is a loop"};
  if (!options_.counting) return true;
  if (!shared_.is_levelled()) throw Unsuitable{"a state can be reached at several depths"};
  if (!shared_.levels.is_steady()) throw Unsuitable{"an actor can come farther than was thought"};
  return true;
}

// False where a limit was reached, or where something must be mended first and the rest expanded then.
bool LayersEngine::expand() {
  control_.stop = control_.pause = false;
  const bool alone = threads_ == 1 || layer_size() < smallest_shared_layer(limits_);
  control_.expanding = alone ? 1 : threads_;
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads_ && !alone; ++i) {
      others.emplace_back([this, i] { LayersWorker(*this, i, false).run(); });
    }
    LayersWorker(*this, 0, alone).run();
  }
  if (control_.error) std::rethrow_exception(control_.error);
  for (std::size_t i = 0; i < shards_.size(); ++i) weigh(i);
  result_.bytes = std::max(result_.bytes, bytes());
  result_.incomplete_reason = control_.incomplete_reason;
  return !control_.rests();
}

void LayersEngine::next_layer() {
  if (options_.counting && (on_disk_ || next_on_disk_)) {
    end_layer_on_disk();
    return;
  }
  const auto turn_over = [this](std::size_t number) {
    auto& shard = *shards_[number];
    shard.position = 0;
    if (options_.counting) {
      std::swap(shard.layer, shard.table);
      shard.table.clear();
      if (shard.ahead.empty()) return;
      std::swap(shard.table, shard.ahead.front());
      std::ranges::rotate(shard.ahead, shard.ahead.begin() + 1);
      return;
    }
    shard.now.swap(shard.next);
    shard.next.clear();
    if (!shard.later.empty()) shard.later.erase(shard.later.begin());
  };
  if (layer_size() < smallest_shared_layer(limits_)) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) turn_over(shard);
  } else {
    for_each_shard(turn_over);
  }
}

std::uint64_t LayersEngine::layer_size() const {
  std::uint64_t size = 0;
  for (const auto& shard : shards_) {
    size += options_.counting ? shard->layer.size() : shard->now.size() / shape_.key_words;
  }
  return size;
}

void LayersEngine::for_each_shard(const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> errors(threads_);
  const auto guarded = [&](std::size_t shard) {
    try {
      work(shard);
    } catch (...) {
      errors[shard] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads_; ++i) others.emplace_back([&guarded, i] { guarded(i); });
    guarded(0);
  }
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

// What a thread has in memory; of its own, or while nobody else is at work.
void LayersEngine::weigh(std::size_t number) {
  auto& shard = *shards_[number];
  std::uint64_t words = shard.now.capacity() + shard.next.capacity() + shard.held.capacity();
  for (const auto& keys : shard.later) words += keys.capacity();
  for (const auto& table : shard.ahead) words += table.bytes() / sizeof(std::uint64_t);
  shard.table_bytes = shard.table.bytes();
  shard.bytes = expanders_[number]->bytes() + shard.table.bytes() + shard.layer.bytes() + words * sizeof(std::uint64_t);
}

std::uint64_t LayersEngine::bytes() {
  const std::lock_guard guard(shared_.lock);
  std::uint64_t bytes = shared_.space.bytes() + shared_.questions.capacity() * sizeof(std::uint32_t);
  for (const auto& shard : shards_) bytes += shard->bytes;
  return bytes;
}

Violations LayersEngine::not_least() const {
  auto all = was_not_least_;
  for (const auto& expander : expanders_) all.add(expander->not_least());
  return all;
}

LayersResult LayersEngine::finish() {
  const auto unsure = not_least();
  const auto& violated = result_.violated;
  result_.violating_depth_is_least = !(violated.always && unsure.always) && !(violated.finally && unsure.finally) &&
                                     !(violated.deadlock && unsure.deadlock) && by_steps();
  if (options_.counting && result_.complete) {
    result_.interleavings = to_decimal(interleavings_.words());
    result_.violating = to_decimal(difference(interleavings_.words(), clean_.words()));
  }
  std::ranges::sort(final_states_);
  const auto repeated = std::ranges::unique(final_states_);
  final_states_.erase(repeated.begin(), repeated.end());
  result_.final_states = std::move(final_states_);
  return std::move(result_);
}

namespace {

// Once more from the beginning wherever an actor turns out to come farther than was thought.
std::optional<LayersResult> explore_levels(Space& space, Levels::Kind kind, const Limits& limits,
                                           const LayersOptions& options, LayersEngine::Clock::time_point start) {
  constexpr int most_beginnings = 100;
  Levels levels(kind);
  for (int i = 0; i < most_beginnings; ++i) {
    levels.make_steady();
    try {
      return LayersEngine(space, levels, limits, options, start).run();
    } catch (const Unsuitable&) {
      if (levels.is_steady() || !levels.exist()) return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<LayersResult> explore_layers(Space& space, const Limits& limits, const LayersOptions& options) {
  if (!space.is_local()) return std::nullopt;
  const auto start = LayersEngine::Clock::now();
  // Each is tried where those before it cannot be: without factors, and counting where there are several ways to the
  // same place; or else as a graph.
  for (const auto kind : {Levels::Kind::steps, Levels::Kind::longest}) {
    if (kind == Levels::Kind::longest && !options.counting) continue;
    for (const bool factored : {true, false}) {
      auto chosen = options;
      chosen.factored = options.factored && factored;
      if (chosen.factored != factored) continue;
      try {
        if (auto result = explore_levels(space, kind, limits, chosen, start)) return result;
      } catch (const actor::NeverEnds&) {
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

}  // namespace gapless::explore
