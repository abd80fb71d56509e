#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "explore/layers_engine.h"

namespace gapless::explore {
namespace {

// What is found is put away in batches, also one's own: a branch by whose it is would be foreseen every other time.
// A batch stays near the core.
constexpr std::size_t batch_bytes = 10U << 10U;
// So many insertions ahead memory is asked for: as many as a core has under way.
constexpr std::size_t insertions_ahead = 16;
// Of a message's number.
constexpr unsigned length_bits = 20;
constexpr std::uint64_t most_length = (std::uint64_t{1} << length_bits) - 1;
// So many tables may be filled side by side.
constexpr std::uint64_t most_ahead = 4096;

std::uint64_t length_of(std::uint64_t number) { return (number >> 1U) & most_length; }
std::uint64_t count_of(std::uint64_t number) { return number >> (length_bits + 1U); }

// Who has nothing to do looks again so many times at once, and then after a while.
constexpr unsigned patience = 100;
constexpr std::chrono::microseconds nap{50};
constexpr std::uint64_t states_between_looks = 1024;

}  // namespace

LayersWorker::LayersWorker(LayersEngine& engine, std::size_t own, bool alone)
    : engine_(engine),
      own_(own),
      alone_(alone),
      expander_(*engine.expanders_[own]),
      key_words_(engine.shape_.key_words),
      ways_words_(engine.options_.counting ? engine.shape_.payload_words() : 0),
      message_words_(key_words_ + 2 + ways_words_),
      batch_words_(std::max(insertions_ahead, batch_bytes / (message_words_ * sizeof(std::uint64_t))) *
                   message_words_) {
  for (unsigned i = 0; i < engine.threads_; ++i) out_.push_back(empty_batch());
}

void LayersWorker::run() {
  auto& control = engine_.control_;
  try {
    for (std::size_t shard = 0; shard < engine_.shards_.size(); ++shard) {
      if (!alone_ && shard != own_) continue;
      insert_due(shard);
      expand_all(shard);
    }
    for (std::size_t shard = 0; shard < out_.size(); ++shard) hand_over(shard);
  } catch (...) {
    control.fail(std::current_exception());
  }
  --control.expanding;
  try {
    // Others may still find something for us.
    for (unsigned round = 0; control.expanding > 0 && !control.stop; ++round) {
      drain();
      if (round < patience) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(nap);  // on a busy machine they wait for us to make room
      }
    }
    drain();
  } catch (...) {
    control.fail(std::current_exception());
  }
}

// What was found for the next layer long ago, unless it has become known in the meantime.
void LayersWorker::insert_due(std::size_t number) {
  auto& shard = *engine_.shards_[number];
  if (shard.later.empty()) return;
  const auto words = engine_.shape_.key_words;
  auto due = std::move(shard.later.front());
  shard.later.front().clear();
  for (const auto* key = due.data(); key != due.data() + due.size(); key += words) {
    const auto hash = hash_words(key, words);
    if (shard.table.insert(key, hash).is_new) shard.next.insert(shard.next.end(), key, key + words);
  }
}

void LayersWorker::expand_all(std::size_t number) {
  auto& shard = *engine_.shards_[number];
  const bool counting = engine_.options_.counting;
  const auto* begin = counting ? shard.layer.begin() : shard.now.data();
  const auto* end = counting ? shard.layer.end() : shard.now.data() + shard.now.size();
  const auto stride = counting ? shard.layer.stride() : engine_.shape_.key_words;
  const auto* entry = begin + shard.position;
  for (; entry != end; entry += stride) {
    if (entry[0] == 0) continue;
    if (looks_++ % states_between_looks == 0) look();
    if (engine_.control_.rests() || !expand(entry)) break;
  }
  shard.position = static_cast<std::size_t>(entry - begin);
}

// False where something must be mended first; nothing has come of it then.
bool LayersWorker::expand(const std::uint64_t* entry) {
  if (!expander_.expand(entry, engine_.depth_ == 0)) {
    engine_.control_.widen(expander_.needed());
    return false;
  }
  auto& sums = engine_.shards_[own_]->sums;
  const auto* ways = entry + engine_.shape_.key_words;
  if (expander_.violates_always()) {
    // From here on it is told apart which ways are clean.
    if (engine_.options_.counting && !engine_.shape_.clean) {
      engine_.control_.ask_for(engine_.control_.needs_clean);
      return false;
    }
    sums.violated.always = true;
  }
  if (expander_.is_terminal()) settle_end(ways);
  sums.edges += expander_.successors();
  for (std::size_t i = 0; i < expander_.successors(); ++i) emit(i, ways);
  return true;
}

void LayersWorker::settle_end(const std::uint64_t* ways) {
  auto& sums = engine_.shards_[own_]->sums;
  if (expander_.violates_at_end()) (expander_.is_stuck() ? sums.violated.deadlock : sums.violated.finally) = true;
  if (engine_.options_.final_states) sums.final_states.push_back(expander_.final_state_digest());
  if (!engine_.options_.counting) return;
  const auto& shape = engine_.shape_;
  sums.interleavings.add({ways, shape.limbs});
  if (expander_.violates_at_end() || expander_.violates_always()) return;
  sums.clean.add({shape.clean ? ways + shape.limbs : ways, shape.limbs});
}

Batch LayersWorker::empty_batch() {
  if (spare_.empty()) return {std::make_unique_for_overwrite<std::uint64_t[]>(batch_words_), 0};
  auto batch = std::move(spare_.back());
  spare_.pop_back();
  batch.used = 0;
  return batch;
}

void LayersWorker::emit(std::size_t successor, const std::uint64_t* ways) {
  const auto* key = expander_.successor(successor);
  const auto length = expander_.length(successor);
  if (length - 1 >= (engine_.options_.counting ? most_ahead : most_length))
    throw Unsuitable{"a step leads too far ahead"};
  const auto hash = hash_words(key, key_words_);
  const auto shard = engine_.shard_of(hash);
  auto& out = out_[shard];
  auto* message = out.words.get() + out.used;
  *message++ = hash;
  for (std::size_t i = 0; i < key_words_; ++i) *message++ = key[i];
  *message++ = ((expander_.count(successor) << length_bits | length) << 1U) | (expander_.violates_always() ? 1U : 0U);
  for (std::size_t i = 0; i < ways_words_; ++i) *message++ = ways[i];
  out.used += message_words_;
  if (out.used < batch_words_) return;
  hand_over(shard);
  drain();
}

void LayersWorker::hand_over(std::size_t shard) {
  auto& out = out_[shard];
  if (out.used == 0) return;
  if (alone_ || shard == own_) {
    insert_all(shard, out);
    out.used = 0;
    return;
  }
  engine_.shards_[shard]->inbox.put(std::move(out));
  out = empty_batch();
}

void LayersWorker::drain() {
  if (!engine_.shards_[own_]->inbox.take(received_)) return;
  for (auto& batch : received_) {
    insert_all(own_, batch);
    spare_.push_back(std::move(batch));
  }
  received_.clear();
}

void LayersWorker::insert_all(std::size_t number, Batch& batch) {
  auto& shard = *engine_.shards_[number];
  const auto* end = batch.words.get() + batch.used;
  const auto* ahead = batch.words.get();
  const bool is_counting = engine_.options_.counting;
  const auto ask_for_next = [&] {
    if (ahead == end) return;
    const auto length = length_of(ahead[key_words_ + 1]);
    (is_counting ? engine_.table_ahead(shard, length) : shard.table).prefetch(*ahead);
    ahead += message_words_;
  };
  for (std::size_t i = 0; i < insertions_ahead; ++i) ask_for_next();
  for (const auto* message = batch.words.get(); message != end; message += message_words_) {
    ask_for_next();
    if (is_counting) {
      insert_counted(number, message);
    } else {
      insert_visited(shard, message);
    }
  }
}

void LayersWorker::insert_visited(Shard& shard, const std::uint64_t* message) {
  const auto* key = message + 1;
  const auto length = length_of(key[key_words_]);
  if (length == 1) {
    if (shard.table.insert(key, *message).is_new) shard.next.insert(shard.next.end(), key, key + key_words_);
    return;
  }
  // It may be found sooner by another way: it counts only when its layer comes.
  if (shard.later.size() < length) shard.later.resize(length);
  auto& keys = shard.later[length - 1];
  keys.insert(keys.end(), key, key + key_words_);
}

void LayersWorker::insert_counted(std::size_t number, const std::uint64_t* message) {
  auto& shard = *engine_.shards_[number];
  const auto& shape = engine_.shape_;
  const auto* key = message + 1;
  const auto count = count_of(key[key_words_]);
  const auto length = length_of(key[key_words_]);
  auto& table = engine_.table_ahead(shard, length);
  if (table.is_full() && !engine_.may_grow(number)) {
    // There is still some room, for what is under way.
    table.put_off_growth();
    engine_.control_.ask_for(engine_.control_.needs_room);
  }
  const bool has_failed = (key[key_words_] & 1U) != 0;
  const auto* ways = key + key_words_ + 1;
  auto* sums = table.insert(key, *message).entry + key_words_;
  const bool is_clean = shape.clean && !has_failed;
  bool fits = add_product(sums, ways, shape.limbs, count);
  if (is_clean) fits = add_product(sums + shape.limbs, ways + shape.limbs, shape.limbs, count) && fits;
  if (fits) return;
  take_product(sums, ways, shape.limbs, count);
  if (is_clean) take_product(sums + shape.limbs, ways + shape.limbs, shape.limbs, count);
  auto& held = shard.held;
  held.insert(held.end(), key, key + key_words_);
  held.push_back(count);
  held.push_back(has_failed ? 1 : 0);
  held.push_back(length);
  held.insert(held.end(), ways, ways + shape.payload_words());
  engine_.control_.ask_for(engine_.control_.needs_limbs);
}

// Now and then: whether a limit is reached.
void LayersWorker::look() {
  auto& engine = engine_;
  engine.weigh(own_);
  if (own_ != 0) return;
  const double seconds = std::chrono::duration<double>(LayersEngine::Clock::now() - engine.start_).count();
  const auto bytes = engine.bytes();
  if (bytes > engine.memory_bytes_) {
    if (engine.spilling_helps()) {
      engine.control_.ask_for(engine.control_.needs_room);
    } else {
      const auto where = engine.by_steps() ? fmt::format(", at depth {}", engine.depth_) : std::string();
      engine.control_.give_up(fmt::format("the memory limit of {} MiB is reached after {} states{}",
                                          engine.memory_bytes_ >> 20U, engine.result_.states, where));
    }
  } else if (engine.limits_.seconds > 0 && seconds > engine.limits_.seconds) {
    engine.control_.give_up(fmt::format("the time limit of {} s is reached", engine.limits_.seconds));
  }
  constexpr double seconds_between_reports = 0.1;
  if (engine.limits_.progress && seconds - engine.reported_ > seconds_between_reports) {
    engine.reported_ = seconds;
    engine.limits_.progress({engine.result_.states,
                             static_cast<double>(engine.result_.states) / std::max(seconds, 1e-9), engine.depth_,
                             bytes});
  }
}

}  // namespace gapless::explore
