#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "explore/layers_engine.h"

namespace gapless::explore {
namespace {

// What a thread has found for another one: key, how often (or how far), and where the ways into its predecessor stand.
constexpr std::size_t batch_messages = 1024;
// So many insertions wait at a time for memory to come near.
constexpr std::size_t insertions_under_way = 32;
constexpr std::uint64_t states_between_looks = 1024;

}  // namespace

LayersWorker::LayersWorker(LayersEngine& engine, std::size_t own, bool alone)
    : engine_(engine),
      own_(own),
      alone_(alone),
      expander_(*engine.expanders_[own]),
      message_words_(engine.shape_.key_words + 2),
      out_(engine.threads_),
      waiting_words_(insertions_under_way * message_words_) {
  waiting_.reserve(insertions_under_way);
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
    insert_waiting();
  } catch (...) {
    control.fail(std::current_exception());
  }
  --control.expanding;
  try {
    // Others may still find something for us.
    while (control.expanding > 0 && !control.stop) {
      drain();
      std::this_thread::yield();
    }
    drain();
    insert_waiting();
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

void LayersWorker::emit(std::size_t successor, const std::uint64_t* ways) {
  const auto words = engine_.shape_.key_words;
  const auto* key = expander_.successor(successor);
  const auto number = engine_.options_.counting ? expander_.count(successor) : expander_.length(successor);
  const auto hash = hash_words(key, words);
  const auto shard = engine_.shard_of(hash);
  // The lowest bit of the address, which is always zero, says whether `always` fails in the predecessor.
  const auto address = reinterpret_cast<std::uint64_t>(ways) | (expander_.violates_always() ? 1U : 0U);
  if (!alone_ && shard != own_) {
    auto& out = out_[shard];
    out.insert(out.end(), key, key + words);
    out.push_back(number);
    out.push_back(address);
    if (out.size() >= batch_messages * message_words_) {
      hand_over(shard);
      drain();
    }
    return;
  }
  auto* message = waiting_words_.data() + waiting_.size() * message_words_;
  std::memcpy(message, key, words * sizeof *key);
  message[words] = number;
  message[words + 1] = address;
  engine_.shards_[shard]->table.prefetch(hash);
  waiting_.push_back({hash, shard});
  if (waiting_.size() == insertions_under_way) insert_waiting();
}

void LayersWorker::insert_waiting() {
  const auto* message = waiting_words_.data();
  for (const auto& [hash, shard] : waiting_) {
    insert(shard, message, hash);
    message += message_words_;
  }
  waiting_.clear();
}

void LayersWorker::insert(std::size_t number, const std::uint64_t* message, std::uint64_t hash) {
  if (engine_.options_.counting) {
    insert_counted(number, message, hash);
  } else {
    insert_visited(*engine_.shards_[number], message, hash);
  }
}

void LayersWorker::insert_visited(Shard& shard, const std::uint64_t* message, std::uint64_t hash) {
  const auto words = engine_.shape_.key_words;
  const auto length = message[words];
  if (length == 1) {
    if (shard.table.insert(message, hash).is_new) shard.next.insert(shard.next.end(), message, message + words);
    return;
  }
  // It may be found sooner by another way: it counts only when its layer comes.
  if (shard.later.size() < length) shard.later.resize(length);
  auto& keys = shard.later[length - 1];
  keys.insert(keys.end(), message, message + words);
}

void LayersWorker::insert_counted(std::size_t number, const std::uint64_t* message, std::uint64_t hash) {
  auto& shard = *engine_.shards_[number];
  const auto& shape = engine_.shape_;
  if (shard.table.is_full() && !engine_.may_grow(number)) {
    // There is still some room, for what is under way.
    shard.table.put_off_growth();
    engine_.control_.ask_for(engine_.control_.needs_room);
  }
  auto* sums = shard.table.insert(message, hash).entry + shape.key_words;
  const auto count = message[shape.key_words];
  const auto address = message[shape.key_words + 1];
  const auto* ways = reinterpret_cast<const std::uint64_t*>(address & ~std::uint64_t{1});
  const bool is_clean = shape.clean && (address & 1U) == 0;
  bool fits = add_product(sums, ways, shape.limbs, count);
  if (is_clean) fits = add_product(sums + shape.limbs, ways + shape.limbs, shape.limbs, count) && fits;
  if (fits) return;
  take_product(sums, ways, shape.limbs, count);
  if (is_clean) take_product(sums + shape.limbs, ways + shape.limbs, shape.limbs, count);
  shard.held.insert(shard.held.end(), message, message + shape.key_words + 1);
  shard.held.push_back(address & 1U);
  shard.held.insert(shard.held.end(), ways, ways + shape.payload_words());
  engine_.control_.ask_for(engine_.control_.needs_limbs);
}

void LayersWorker::hand_over(std::size_t shard) {
  if (out_[shard].empty()) return;
  engine_.shards_[shard]->inbox.put(std::move(out_[shard]));
  out_[shard].clear();
}

void LayersWorker::drain() {
  std::vector<std::vector<std::uint64_t>> batches;
  if (!engine_.shards_[own_]->inbox.take(batches)) return;
  const auto words = engine_.shape_.key_words;
  auto& table = engine_.shards_[own_]->table;
  for (const auto& batch : batches) {
    for (const auto* message = batch.data(); message != batch.data() + batch.size(); message += message_words_) {
      const auto hash = hash_words(message, words);
      table.prefetch(hash);
      __builtin_prefetch(reinterpret_cast<const void*>(message[words + 1]));  // in another core's memory as yet
      std::memcpy(waiting_words_.data() + waiting_.size() * message_words_, message, message_words_ * sizeof *message);
      waiting_.push_back({hash, own_});
      if (waiting_.size() == insertions_under_way) insert_waiting();
    }
  }
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
      engine.control_.give_up(fmt::format("the memory limit of {} MiB is reached after {} states, at depth {}",
                                          engine.memory_bytes_ >> 20U, engine.result_.states, engine.depth_));
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
