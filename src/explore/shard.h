// What threads have of a layer (layers_engine.h), and what they tell each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/layers.h"
#include "explore/limbs.h"
#include "explore/packed_table.h"
#include "explore/row_codec.h"

namespace gapless::explore {

// How a layer's entries look.
struct Shape {
  std::size_t key_words = 1;
  std::size_t limbs = 0;  // of each of the numbers beside a key
  bool clean = false;     // beside the number of all ways that of those on which `always` has not failed
  std::size_t payload_words() const { return limbs * (clean ? 2 : 1); }
};

// Why threads come to rest before a layer is over. `pause`: every state that was begun is finished, what was found is
// put away, and after something is mended all go on where they stood. `stop`: it is over.
struct Control {
  std::mutex lock;
  std::atomic<bool> stop{false};
  std::atomic<bool> pause{false};
  std::exception_ptr error;
  std::string incomplete_reason;
  std::optional<Widths> needed;  // rows do not fit
  std::atomic<bool> needs_limbs{false};
  std::atomic<bool> needs_clean{false};  // a state has been met in which `always` fails
  std::atomic<bool> needs_room{false};   // the next layer must give way, to the disk
  std::atomic<unsigned> expanding{0};

  bool rests() const { return stop || pause; }
  void fail(std::exception_ptr what) {
    const std::lock_guard guard(lock);
    if (!error) error = std::move(what);
    stop = true;
  }
  void give_up(std::string reason) {
    const std::lock_guard guard(lock);
    incomplete_reason = std::move(reason);
    stop = true;
  }
  void widen(const Widths& widths) {
    const std::lock_guard guard(lock);
    if (!needed) {
      needed = widths;
    } else {
      needed->at_least(widths);
    }
    pause = true;
  }
  void ask_for(std::atomic<bool>& need) {
    need = true;
    pause = true;
  }
};

// What a thread has found for another one, one message after the other. Its memory goes to and fro between the two.
struct Batch {
  std::unique_ptr<std::uint64_t[]> words;
  std::size_t used = 0;
};

// Batches from other threads.
class Inbox {
 public:
  void put(Batch batch) {
    const std::lock_guard guard(lock_);
    batches_.push_back(std::move(batch));
    any_ = true;
  }
  bool take(std::vector<Batch>& batches) {
    if (!any_.load(std::memory_order_relaxed)) return false;
    const std::lock_guard guard(lock_);
    batches.swap(batches_);
    any_ = false;
    return !batches.empty();
  }

 private:
  std::mutex lock_;
  std::atomic<bool> any_{false};
  std::vector<Batch> batches_;
};

// The states that a thread owns; none shares a line of memory with another one.
struct alignas(64) Shard {
  using Keys = std::vector<std::uint64_t>;

  PackedTable table{1, 0};         // visited: all; counting: the next layer
  PackedTable layer{1, 0};         // counting: the layer that is expanded
  std::vector<PackedTable> ahead;  // counting by longest paths: the layer behind the next one, and so on
  Keys now;                        // visited: keys of the layer that is expanded
  Keys next;                       // visited: keys of the next layer
  // Visited: keys that were found long ago for the next layer, the one behind it, and so on; they may be known by now.
  std::vector<Keys> later;
  std::size_t position = 0;  // in `layer` or `now`, in words: what stands before it is expanded
  // Counting: key, how often, whether the predecessor fails, how far ahead, and its ways, of what did not fit into the
  // sums.
  std::vector<std::uint64_t> held;
  Inbox inbox;
  std::atomic<std::uint64_t> bytes{0};        // as of the last look
  std::atomic<std::uint64_t> table_bytes{0};  // of these, what could go to disk

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

}  // namespace gapless::explore
