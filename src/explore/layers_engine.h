// One exploration layer by layer: what layers.h promises, at work. Not for others to include.
//   layers.cc          from layer to layer
//   layers_mend.cc     rows made wider, sums made longer
//   layers_disk.cc     a layer that is too large for the memory
//   layers_save.cc     checkpoints
//   layers_worker.cc   one thread at work on one layer
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "explore/expander.h"
#include "explore/layers.h"
#include "explore/reduction.h"
#include "explore/shard.h"
#include "explore/spilled_layer.h"
#include "explore/step_memory.h"

namespace gapless::explore {

class LayersEngine {
 public:
  using Clock = std::chrono::steady_clock;
  // `start`: when it began to be time that is limited.
  LayersEngine(Space& space, Levels& levels, const Limits& limits, const LayersOptions& options,
               Clock::time_point start);

  LayersResult run();

 private:
  friend class LayersWorker;

  // layers.cc
  void begin();
  void scout(std::vector<std::uint64_t>& key);
  bool has_layer() const;
  bool expand_layer();
  bool expand_what_is_there();
  bool expand();
  void next_layer();
  LayersResult finish();
  std::uint64_t layer_size() const;
  void for_each_shard(const std::function<void(std::size_t)>& work);
  void weigh(std::size_t shard);
  std::uint64_t bytes();
  // By the upper half of the hash: tables go by the lower one.
  std::size_t shard_of(std::uint64_t hash) const { return ((hash >> 32U) * threads_) >> 32U; }
  PackedTable& kept(Shard& shard) { return options_.counting ? shard.layer : shard.table; }
  // Counting: of the layer so far ahead.
  PackedTable& table_ahead(Shard& shard, std::uint64_t length) {
    return length == 1 ? shard.table : further_table(shard, length);
  }
  PackedTable& further_table(Shard& shard, std::uint64_t length);
  bool by_steps() const { return shared_.levels.kind() == Levels::Kind::steps; }
  Violations not_least() const;

  // layers_mend.cc
  void shape(std::uint64_t table_entries = 0, std::uint64_t layer_entries = 0);
  void mend();
  void enlarge();
  Widths least_widths();
  void repack_table(const PackedTable& old, std::size_t position, const RowCodec& old_codec, const Shape& old_shape,
                    const std::function<PackedTable&(Shard&)>& table);
  void copy_payload(const std::uint64_t* from, const Shape& old_shape, std::uint64_t* to) const;
  void repack_keys(const Shard::Keys& old, const RowCodec& old_codec, const std::function<Shard::Keys&(Shard&)>& keys);
  void insert_held(const Shard::Keys& held, const RowCodec& old_codec, const Shape& old_shape);

  // layers_disk.cc
  bool may_spill() const { return options_.counting && by_steps(); }
  bool may_grow(std::size_t shard);
  bool spilling_helps();
  void spill();
  void end_layer_on_disk();
  void load(std::size_t part);
  bool load_shard(std::size_t part, std::size_t shard);
  std::string spill_folder();

  // layers_save.cc
  bool is_time_to_save();
  std::uint64_t what() const;
  void save();
  void resume();
  Shard::Keys& keys_of(Shard& shard, std::size_t list);

  const Limits& limits_;
  const LayersOptions options_;
  Reduction reduction_;
  SharedSpace shared_;
  const std::uint64_t memory_bytes_;
  const unsigned threads_;
  StateRow initial_;
  std::vector<LocalNumber> initial_locals_;

  std::unique_ptr<RowCodec> codec_;
  Shape shape_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::unique_ptr<Expander>> expanders_;
  Control control_;

  // All shapes that something on disk may have; the last one is the present one.
  struct StoredShape {
    RowCodec codec;
    Shape shape;
  };
  std::vector<StoredShape> shapes_;
  std::unique_ptr<SpilledLayer> on_disk_;         // the layer that is expanded
  std::unique_ptr<SpilledLayer> next_on_disk_;    // what of the next one had to give way
  std::unique_ptr<SpilledLayer> on_disk_before_;  // the last checkpoint may need it

  std::uint64_t depth_ = 0;
  Total interleavings_;
  Total clean_;
  std::vector<std::uint64_t> final_states_;
  LayersResult result_;
  Violations was_not_least_;  // before it was resumed
  const Clock::time_point start_;
  double reported_ = 0;
  std::uint64_t checkpoints_ = 0;
  Clock::time_point saved_ = Clock::now();
};

// One thread at work on one layer, or on a part of it.
class LayersWorker {
 public:
  // `alone`: it works on everybody's states.
  LayersWorker(LayersEngine& engine, std::size_t own, bool alone);
  void run();

 private:
  void insert_due(std::size_t shard);
  void expand_all(std::size_t shard);
  bool expand(const std::uint64_t* entry);
  void settle_end(const std::uint64_t* ways);
  Batch empty_batch();
  void emit(std::size_t successor, const std::uint64_t* ways);
  void insert_all(std::size_t shard, Batch& batch);
  void insert_visited(Shard& shard, const std::uint64_t* message);
  void insert_counted(std::size_t number, const std::uint64_t* message);
  void drain();
  void hand_over(std::size_t shard);
  void look();

  LayersEngine& engine_;
  std::size_t own_;
  bool alone_;
  Expander& expander_;
  // A message: the hash of a key, the key, a number, and the ways into the predecessor. The number is how many steps
  // lead there, above how far it is, above a bit that says whether `always` fails in the predecessor.
  std::size_t key_words_;
  std::size_t ways_words_;
  std::size_t message_words_;
  std::size_t batch_words_;
  std::vector<Batch> out_;    // by shard
  std::vector<Batch> spare_;  // what was received, and is read
  std::vector<Batch> received_;
  std::uint64_t looks_ = 0;
};

}  // namespace gapless::explore
