#include "explore/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <thread>

#include "base/check.h"
#include "base/digest.h"
#include "explore/checkpoint.h"
#include "explore/expander.h"
#include "explore/graph.h"
#include "explore/limbs.h"
#include "explore/packed_table.h"
#include "explore/row_codec.h"
#include "explore/step_memory.h"

namespace gapless::explore {
namespace {

using Clock = std::chrono::steady_clock;

// What a thread has found for another one: key, how often, and where the ways into its predecessor stand.
constexpr std::size_t batch_messages = 1024;
// So many insertions wait at a time for memory to come near.
constexpr std::size_t insertions_under_way = 32;
// A layer of fewer states is not worth waking the other threads; unless small things are to be tried layer by layer.
std::uint64_t smallest_shared_layer(const Limits& limits) { return limits.small_states == 0 ? 32 : 4096; }
constexpr std::uint64_t states_between_looks = 1024;

// Of all threads.
struct Common {
  std::mutex lock;
  std::atomic<bool> stop{false};
  std::exception_ptr error;
  std::optional<Widths> needed;  // rows do not fit
  std::atomic<bool> needs_limbs{false};
  std::atomic<bool> needs_clean{false};  // a state has been met in which `always` fails
  std::string incomplete_reason;
  std::atomic<unsigned> expanding{0};

  void fail(std::exception_ptr what) {
    const std::lock_guard guard(lock);
    if (!error) error = std::move(what);
    stop = true;
  }
  void widen(const Widths& widths) {
    const std::lock_guard guard(lock);
    if (!needed) {
      needed = widths;
    } else {
      needed->at_least(widths);
    }
    stop = true;
  }
};

class Inbox {
 public:
  void put(std::vector<std::uint64_t> batch) {
    const std::lock_guard guard(lock_);
    batches_.push_back(std::move(batch));
    any_ = true;
  }
  bool take(std::vector<std::vector<std::uint64_t>>& batches) {
    if (!any_.load(std::memory_order_relaxed)) return false;
    const std::lock_guard guard(lock_);
    batches.swap(batches_);
    batches_.clear();
    any_ = false;
    return !batches.empty();
  }
  void clear() {
    std::vector<std::vector<std::uint64_t>> batches;
    take(batches);
  }

 private:
  std::mutex lock_;
  std::atomic<bool> any_{false};
  std::vector<std::vector<std::uint64_t>> batches_;
};

// How a layer's entries look.
struct Shape {
  std::size_t key_words = 1;
  std::size_t limbs = 0;  // of each of the numbers beside a key
  bool clean = false;     // beside the number of all ways that of those on which `always` has not failed
  std::size_t payload_words() const { return limbs * (clean ? 2 : 1); }
};

// The states that a thread owns.
struct Shard {
  PackedTable table{1, 0};          // visited: all; counting: the next layer
  PackedTable layer{1, 0};          // counting: the layer that is expanded
  std::vector<std::uint64_t> now;   // visited: keys of the layer that is expanded
  std::vector<std::uint64_t> next;  // visited: keys of the next layer
  Inbox inbox;
  std::atomic<std::uint64_t> bytes{0};  // as of the last look

  // What its thread sums up of a layer; once that is complete, it goes to the sums of all.
  struct Sums {
    std::uint64_t edges = 0;
    Violations violated;
    Total interleavings;
    Total clean;  // of these, on which nothing has failed
    std::vector<std::uint64_t> final_states;
  };
  Sums sums;
};

class Engine;

// One thread at work on one layer.
class Worker {
 public:
  Worker(Engine& engine, std::size_t own, bool alone);
  void run();

 private:
  void expand_all(std::size_t shard);
  void expand(const std::uint64_t* entry);
  void settle_end(const std::uint64_t* ways);
  void emit(const std::uint64_t* key, std::uint64_t count, const std::uint64_t* ways);
  void insert(std::size_t shard, const std::uint64_t* message, std::uint64_t hash);
  void insert_waiting();
  void drain();
  void hand_over(std::size_t shard);
  void look();

  Engine& engine_;
  std::size_t own_;
  bool alone_;
  Expander& expander_;
  std::size_t message_words_;
  std::vector<std::vector<std::uint64_t>> out_;  // by shard
  struct Waiting {
    std::uint64_t hash;
    std::size_t shard;
  };
  std::vector<Waiting> waiting_;
  std::vector<std::uint64_t> waiting_words_;
  std::uint64_t looks_ = 0;
};

class Engine {
 public:
  Engine(Space& space, const Limits& limits, const LayersOptions& options)
      : limits_(limits),
        options_(options),
        shared_(space, options.factored),
        reduction_(space.successors().model(), limits.reductions),
        memory_bytes_(limits.memory_bytes == 0 ? default_memory_bytes() : limits.memory_bytes),
        threads_(std::max(1U, limits.jobs)) {
    const auto locals = space.initial_locals();
    const auto& model = space.successors().model();
    StateRow row;
    row.world = space.initial().world;
    for (const auto local : locals) row.add(local);
    Widths widths;
    if (is_everybody_distinct(model)) {
      shared_.assign_slots(locals);
      widths.slots.assign(locals.size(), 2);
    }
    codec_ = std::make_unique<RowCodec>(widths);
    for (unsigned i = 0; i < threads_; ++i) {
      shards_.push_back(std::make_unique<Shard>());
      expanders_.push_back(std::make_unique<Expander>(shared_, options.reduced ? &reduction_ : nullptr));
    }
    if (options.counting) shape_.limbs = 1;
    initial_ = std::move(row);
    initial_locals_ = locals;
  }

  LayersResult run() {
    begin();
    if (limits_.resume) resume();
    for (auto size = layer_size(); size > 0; size = layer_size()) {
      result_.states += size;
      while (!expand_layer()) {
        if (!result_.incomplete_reason.empty()) return finish();
        enlarge();
      }
      // What goes round needs the graph: whether it can end, and how far it is to be followed.
      if (shared_.space.automata().has_loop() || !shared_.space.repeated().empty()) throw Unsuitable{"there is a loop"};
      if (options_.counting && !shared_.is_levelled()) throw Unsuitable{"a state can be reached at several depths"};
      Violations violated;
      for (const auto& shard : shards_) violated.add(shard->sums.violated);
      if (violated.any() && result_.violating_depth == LayersResult::never) {
        result_.violating_depth = depth_;
        result_.violated = violated;
      }
      for (auto& shard : shards_) add_up(shard->sums);
      if (violated.any() && options_.stop_at_violation) return finish();
      for (auto& shard : shards_) result_.edges += shard->sums.edges;
      next_layer();
      result_.depth = depth_++;
      if (!limits_.checkpoint.empty() && is_time_to_save()) save();
    }
    result_.complete = true;
    if (!limits_.checkpoint.empty()) remove_checkpoint(limits_.checkpoint);
    return finish();
  }

 private:
  friend class Worker;

  bool is_time_to_save() {
    const auto now = Clock::now();
    if (std::chrono::duration<double>(now - saved_).count() < limits_.seconds_between_checkpoints) return false;
    saved_ = now;
    return true;
  }

  // What a checkpoint is of.
  std::uint64_t what() const {
    const auto& wanted = limits_.reductions;
    Digest digest;
    digest.add(shared_.space.successors().model().digest).add(shared_.space.actor_count());
    for (const bool flag : {options_.counting, options_.stop_at_violation, options_.reduced, options_.factored,
                            wanted.symmetry, wanted.elision, wanted.reduction}) {
      digest.add(std::uint64_t{flag});
    }
    return digest.add(limits_.small_states).value();
  }

  void save() {
    CheckpointWriter out(limits_.checkpoint);
    out.put(checkpoint_format);
    out.put(what());
    out.put_list(shared_.questions);
    const auto& widths = codec_->widths();
    for (const auto bits : {widths.world, widths.local, widths.count, widths.groups}) out.put(bits);
    out.put_list(widths.additions);
    out.put_list(widths.slots);
    for (const std::uint64_t word :
         {std::uint64_t{shape_.limbs}, std::uint64_t{shape_.clean}, depth_, result_.states, result_.edges,
          result_.depth, result_.violating_depth, std::uint64_t{result_.violated.always},
          std::uint64_t{result_.violated.finally}, std::uint64_t{result_.violated.deadlock},
          std::uint64_t{has_shortened()}, result_.bytes}) {
      out.put(word);
    }
    out.put_list(interleavings_.words());
    out.put_list(clean_.words());
    out.put_list(final_states_);
    std::uint64_t entries = 0;
    for (const auto& shard : shards_) entries += kept(*shard).size();
    out.put(entries);
    for (const auto& shard : shards_) {
      const auto& table = kept(*shard);
      for (const auto* entry = table.begin(); entry != table.end(); entry += table.stride()) {
        if (entry[0] != 0) out.put(entry, table.stride());
      }
    }
    std::uint64_t keys = 0;
    for (const auto& shard : shards_) keys += shard->now.size();
    out.put(keys);
    for (const auto& shard : shards_) out.put(shard->now.data(), shard->now.size());
    out.close();
  }

  void resume() {
    // What another way had begun, which this one is not: the next one may be.
    if (options_.factored && !is_checkpoint_of(limits_.checkpoint, what())) throw Unsuitable{"saved without factors"};
    CheckpointReader in(limits_.checkpoint, what());
    expanders_[0]->ask_again(in.take_list<std::uint32_t>());
    Widths widths;
    for (auto* bits : {&widths.world, &widths.local, &widths.count, &widths.groups}) {
      *bits = static_cast<std::uint32_t>(in.take());
    }
    widths.additions = in.take_list<std::uint32_t>();
    widths.slots = in.take_list<std::uint32_t>();
    codec_ = std::make_unique<RowCodec>(widths);
    shape_.limbs = in.take();
    shape_.clean = in.take() != 0;
    for (auto* number : {&depth_, &result_.states, &result_.edges, &result_.depth, &result_.violating_depth}) {
      *number = in.take();
    }
    for (auto* flag :
         {&result_.violated.always, &result_.violated.finally, &result_.violated.deadlock, &result_.shortened}) {
      *flag = in.take() != 0;
    }
    result_.bytes = in.take();
    interleavings_.add(in.take_list<std::uint64_t>());
    clean_.add(in.take_list<std::uint64_t>());
    final_states_ = in.take_list<std::uint64_t>();
    const auto entries = in.take();
    for (auto& shard : shards_) shard->now.clear();
    shape(entries);
    std::vector<std::uint64_t> entry(shape_.key_words + shape_.payload_words());
    for (std::uint64_t i = 0; i < entries; ++i) {
      in.take(entry.data(), entry.size());
      const auto hash = hash_words(entry.data(), shape_.key_words);
      auto& shard = *shards_[shard_of(hash)];
      auto* place = (options_.counting ? shard.layer : shard.table).insert(entry.data(), hash).entry;
      std::copy(entry.begin(), entry.end(), place);
    }
    const auto words = in.take();
    entry.resize(shape_.key_words);
    for (std::uint64_t i = 0; i < words; i += shape_.key_words) {
      in.take(entry.data(), entry.size());
      auto& keys = shards_[shard_of(hash_words(entry.data(), entry.size()))]->now;
      keys.insert(keys.end(), entry.begin(), entry.end());
    }
  }

  const PackedTable& kept(const Shard& shard) const { return options_.counting ? shard.layer : shard.table; }

  bool has_shortened() const {
    return result_.shortened ||
           std::ranges::any_of(expanders_, [](const auto& expander) { return expander->has_shortened(); });
  }

  // Then a slot an actor is enough, for ever.
  static bool is_everybody_distinct(const model::Model& model) {
    auto actors = model.actors;
    std::ranges::sort(actors);
    return std::ranges::adjacent_find(actors) == actors.end() && model.messages.empty() && model.faults.none();
  }

  void begin() {
    std::vector<std::uint64_t> key;
    shape();
    while (!expanders_[0]->first(initial_, initial_locals_, key)) {
      codec_ = std::make_unique<RowCodec>(expanders_[0]->needed());
      shape();
    }
    const auto hash = hash_words(key.data(), codec_->words());
    auto& shard = *shards_[shard_of(hash)];
    auto* entry = (options_.counting ? shard.layer : shard.table).insert(key.data(), hash).entry;
    if (options_.counting) {
      entry[shape_.key_words] = 1;
    } else {
      shard.now = key;
    }
  }

  // Empty tables of the present shape.
  void shape(std::uint64_t entries = 0) {
    shape_.key_words = codec_->words();
    const auto each = entries / threads_ + entries / 16;  // hashes are not quite even
    for (auto& shard : shards_) {
      shard->table = PackedTable(shape_.key_words, shape_.payload_words(), options_.counting ? 0 : each);
      shard->layer = PackedTable(shape_.key_words, shape_.payload_words(), options_.counting ? each : 0);
    }
    for (auto& expander : expanders_) expander->use(*codec_);
  }

  std::uint64_t layer_size() const {
    std::uint64_t size = 0;
    for (const auto& shard : shards_) {
      size += options_.counting ? shard->layer.size() : shard->now.size() / shape_.key_words;
    }
    return size;
  }

  // False where a limit was reached, or where something must be made larger first and the layer expanded once more.
  bool expand_layer() {
    common_.stop = false;
    for (auto& shard : shards_) {
      shard->sums = {};
      shard->inbox.clear();  // of what was broken off
    }
    const bool alone = threads_ == 1 || layer_size() < smallest_shared_layer(limits_);
    common_.expanding = alone ? 1 : threads_;
    {
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < threads_ && !alone; ++i) {
        others.emplace_back([this, i] { Worker(*this, i, false).run(); });
      }
      Worker(*this, 0, alone).run();
    }
    if (common_.error) std::rethrow_exception(common_.error);
    for (std::size_t i = 0; i < shards_.size(); ++i) weigh(i);
    result_.bytes = std::max(result_.bytes, bytes());
    result_.incomplete_reason = common_.incomplete_reason;
    return !common_.stop;
  }

  void add_up(const Shard::Sums& sums) {
    interleavings_.add(sums.interleavings.words());
    clean_.add(sums.clean.words());
    final_states_.insert(final_states_.end(), sums.final_states.begin(), sums.final_states.end());
  }

  void next_layer() {
    for (auto& shard : shards_) {
      if (options_.counting) {
        std::swap(shard->layer, shard->table);
        shard->table.clear();
      } else {
        shard->now.swap(shard->next);
        shard->next.clear();
      }
    }
  }

  // What is needed now, without what was given beyond need before.
  Widths least_widths() {
    auto widths = *common_.needed;
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

  // Everything that is kept is packed anew, in a larger shape.
  void enlarge() {
    const RowCodec old_codec = *codec_;
    const Shape old_shape = shape_;
    if (common_.needed)
      codec_ = std::make_unique<RowCodec>(codec_->is_slots() ? with_what_is_free(least_widths()) : *common_.needed);
    if (common_.needs_limbs) ++shape_.limbs;
    if (common_.needs_clean) shape_.clean = true;
    common_.needed.reset();
    common_.needs_limbs = common_.needs_clean = false;

    std::vector<PackedTable> tables;
    std::vector<std::vector<std::uint64_t>> layers;
    for (auto& shard : shards_) {
      tables.push_back(std::move(options_.counting ? shard->layer : shard->table));
      layers.push_back(std::move(shard->now));
      layers.push_back(std::move(shard->next));
      shard->now.clear();
      shard->next.clear();
    }
    std::uint64_t entries = 0;
    for (const auto& table : tables) entries += table.size();
    shape(entries);
    std::vector<std::uint64_t> key(codec_->words());
    const auto repacked = [&](const std::uint64_t* old) {
      expanders_[0]->repack(old_codec, old, *codec_, key.data());
      return hash_words(key.data(), key.size());
    };
    for (const auto& table : tables) {
      for (const auto* old = table.begin(); old != table.end(); old += table.stride()) {
        if (old[0] == 0) continue;
        const auto hash = repacked(old);
        auto& shard = *shards_[shard_of(hash)];
        auto* entry = (options_.counting ? shard.layer : shard.table).insert(key.data(), hash).entry;
        for (std::size_t i = 0; i < old_shape.limbs; ++i) {
          entry[shape_.key_words + i] = old[old_shape.key_words + i];
          if (!shape_.clean) continue;
          const auto clean = old_shape.key_words + i + (old_shape.clean ? old_shape.limbs : 0);
          entry[shape_.key_words + shape_.limbs + i] = old[clean];
        }
      }
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (std::size_t place = 0; place < layers[i].size(); place += old_shape.key_words) {
        auto& shard = *shards_[shard_of(repacked(layers[i].data() + place))];
        auto& keys = i % 2 == 0 ? shard.now : shard.next;
        keys.insert(keys.end(), key.begin(), key.end());
      }
    }
  }

  // What a thread has in memory; of its own, or while nobody else is at work.
  void weigh(std::size_t number) {
    auto& shard = *shards_[number];
    shard.bytes = expanders_[number]->bytes() + shard.table.bytes() + shard.layer.bytes() +
                  (shard.now.capacity() + shard.next.capacity()) * sizeof(std::uint64_t);
  }
  std::uint64_t bytes() {
    const std::lock_guard guard(shared_.lock);
    std::uint64_t bytes = shared_.space.bytes() + shared_.questions.capacity() * sizeof(std::uint32_t);
    for (const auto& shard : shards_) bytes += shard->bytes;
    return bytes;
  }

  std::size_t shard_of(std::uint64_t hash) const { return (hash >> 40U) % threads_; }

  LayersResult finish() {
    result_.shortened = has_shortened();
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

  const Limits& limits_;
  const LayersOptions options_;
  SharedSpace shared_;
  Reduction reduction_;
  const std::uint64_t memory_bytes_;
  const unsigned threads_;
  StateRow initial_;
  std::vector<LocalNumber> initial_locals_;
  std::unique_ptr<RowCodec> codec_;
  Shape shape_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Expander>> expanders_;
  Common common_;
  std::uint64_t depth_ = 0;
  Total interleavings_;
  Total clean_;
  std::vector<std::uint64_t> final_states_;
  LayersResult result_;
  const Clock::time_point start_ = Clock::now();
  double reported_ = 0;
  Clock::time_point saved_ = Clock::now();
};

// ---------------------------------------------------------------------------------------------------- a thread

Worker::Worker(Engine& engine, std::size_t own, bool alone)
    : engine_(engine),
      own_(own),
      alone_(alone),
      expander_(*engine.expanders_[own]),
      message_words_(engine.shape_.key_words + 2),
      out_(engine.threads_),
      waiting_words_(insertions_under_way * message_words_) {
  waiting_.reserve(insertions_under_way);
}

void Worker::run() {
  try {
    for (std::size_t shard = 0; shard < engine_.shards_.size(); ++shard) {
      if (alone_ || shard == own_) expand_all(shard);
    }
    for (std::size_t shard = 0; shard < out_.size(); ++shard) hand_over(shard);
    insert_waiting();
  } catch (...) {
    engine_.common_.fail(std::current_exception());
  }
  --engine_.common_.expanding;
  try {
    // Others may still find something for us.
    while (engine_.common_.expanding > 0 && !engine_.common_.stop) {
      drain();
      std::this_thread::yield();
    }
    drain();
    insert_waiting();
  } catch (...) {
    engine_.common_.fail(std::current_exception());
  }
}

void Worker::expand_all(std::size_t number) {
  auto& shard = *engine_.shards_[number];
  const bool counting = engine_.options_.counting;
  const auto* entry = counting ? shard.layer.begin() : shard.now.data();
  const auto* end = counting ? shard.layer.end() : shard.now.data() + shard.now.size();
  const auto stride = counting ? shard.layer.stride() : engine_.shape_.key_words;
  for (; entry != end; entry += stride) {
    if (entry[0] == 0) continue;
    if (looks_++ % states_between_looks == 0) look();
    if (engine_.common_.stop) return;
    expand(entry);
  }
}

void Worker::expand(const std::uint64_t* entry) {
  if (!expander_.expand(entry, engine_.depth_ == 0)) {
    engine_.common_.widen(expander_.needed());
    return;
  }
  auto& sums = engine_.shards_[own_]->sums;
  const auto* ways = entry + engine_.shape_.key_words;
  if (expander_.violates_always()) {
    sums.violated.always = true;
    // From here on it is told apart which ways are clean.
    if (engine_.options_.counting && !engine_.shape_.clean) {
      engine_.common_.needs_clean = true;
      engine_.common_.stop = true;
      return;
    }
  }
  if (expander_.is_terminal()) settle_end(ways);
  sums.edges += expander_.successors();
  for (std::size_t i = 0; i < expander_.successors(); ++i) emit(expander_.successor(i), expander_.count(i), ways);
}

void Worker::settle_end(const std::uint64_t* ways) {
  auto& sums = engine_.shards_[own_]->sums;
  if (expander_.violates_at_end()) (expander_.is_stuck() ? sums.violated.deadlock : sums.violated.finally) = true;
  if (engine_.options_.final_states) sums.final_states.push_back(expander_.final_state_digest());
  if (!engine_.options_.counting) return;
  const auto& shape = engine_.shape_;
  sums.interleavings.add({ways, shape.limbs});
  if (expander_.violates_at_end() || expander_.violates_always()) return;
  sums.clean.add({shape.clean ? ways + shape.limbs : ways, shape.limbs});
}

void Worker::emit(const std::uint64_t* key, std::uint64_t count, const std::uint64_t* ways) {
  const auto words = engine_.shape_.key_words;
  const auto hash = hash_words(key, words);
  const auto shard = engine_.shard_of(hash);
  // The lowest bit of the address, which is always zero, says whether `always` fails in the predecessor.
  const auto address = reinterpret_cast<std::uint64_t>(ways) | (expander_.violates_always() ? 1U : 0U);
  if (!alone_ && shard != own_) {
    auto& out = out_[shard];
    out.insert(out.end(), key, key + words);
    out.push_back(count);
    out.push_back(address);
    if (out.size() >= batch_messages * message_words_) {
      hand_over(shard);
      drain();
    }
    return;
  }
  auto* message = waiting_words_.data() + waiting_.size() * message_words_;
  std::memcpy(message, key, words * sizeof *key);
  message[words] = count;
  message[words + 1] = address;
  engine_.shards_[shard]->table.prefetch(hash);
  waiting_.push_back({hash, shard});
  if (waiting_.size() == insertions_under_way) insert_waiting();
}

void Worker::insert_waiting() {
  const auto* message = waiting_words_.data();
  for (const auto& [hash, shard] : waiting_) {
    insert(shard, message, hash);
    message += message_words_;
  }
  waiting_.clear();
}

void Worker::insert(std::size_t number, const std::uint64_t* message, std::uint64_t hash) {
  auto& shard = *engine_.shards_[number];
  const auto& shape = engine_.shape_;
  const auto [entry, is_new] = shard.table.insert(message, hash);
  if (!engine_.options_.counting) {
    if (is_new) shard.next.insert(shard.next.end(), message, message + shape.key_words);
    return;
  }
  const auto count = message[shape.key_words];
  const auto address = message[shape.key_words + 1];
  const auto* ways = reinterpret_cast<const std::uint64_t*>(address & ~std::uint64_t{1});
  auto* sums = entry + shape.key_words;
  bool fits = add_product(sums, ways, shape.limbs, count);
  if (shape.clean && (address & 1U) == 0) {
    fits = add_product(sums + shape.limbs, ways + shape.limbs, shape.limbs, count) && fits;
  }
  if (fits) return;
  engine_.common_.needs_limbs = true;
  engine_.common_.stop = true;
}

void Worker::hand_over(std::size_t shard) {
  if (out_[shard].empty()) return;
  engine_.shards_[shard]->inbox.put(std::move(out_[shard]));
  out_[shard].clear();
}

void Worker::drain() {
  std::vector<std::vector<std::uint64_t>> batches;
  if (!engine_.shards_[own_]->inbox.take(batches)) return;
  const auto words = engine_.shape_.key_words;
  auto& table = engine_.shards_[own_]->table;
  for (const auto& batch : batches) {
    for (const auto* message = batch.data(); message != batch.data() + batch.size(); message += message_words_) {
      const auto hash = hash_words(message, words);
      table.prefetch(hash);
      std::memcpy(waiting_words_.data() + waiting_.size() * message_words_, message, message_words_ * sizeof *message);
      waiting_.push_back({hash, own_});
      if (waiting_.size() == insertions_under_way) insert_waiting();
    }
  }
}

// Now and then: whether a limit is reached.
void Worker::look() {
  auto& engine = engine_;
  engine.weigh(own_);
  if (own_ != 0) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - engine.start_).count();
  std::string reason;
  const auto bytes = engine.bytes();
  if (bytes > engine.memory_bytes_) {
    reason = fmt::format("the memory limit of {} MiB is reached after {} states, at depth {}",
                         engine.memory_bytes_ >> 20U, engine.result_.states, engine.depth_);
  } else if (engine.limits_.seconds > 0 && seconds > engine.limits_.seconds) {
    reason = fmt::format("the time limit of {} s is reached", engine.limits_.seconds);
  }
  if (!reason.empty()) {
    const std::lock_guard guard(engine.common_.lock);
    engine.common_.incomplete_reason = reason;
    engine.common_.stop = true;
  }
  constexpr double seconds_between_reports = 0.1;
  if (engine.limits_.progress && seconds - engine.reported_ > seconds_between_reports) {
    engine.reported_ = seconds;
    engine.limits_.progress({engine.result_.states,
                             static_cast<double>(engine.result_.states) / std::max(seconds, 1e-9), engine.depth_,
                             bytes});
  }
}

}  // namespace

std::optional<LayersResult> explore_layers(Space& space, const Limits& limits, const LayersOptions& options) {
  if (!space.is_local()) return std::nullopt;
  for (const bool factored : {true, false}) {
    auto chosen = options;
    chosen.factored = options.factored && factored;
    if (chosen.factored != factored) continue;
    try {
      return Engine(space, limits, chosen).run();
    } catch (const Unsuitable&) {
      // Once more without factors; or as a graph.
    } catch (const actor::NeverEnds&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace gapless::explore
