#include "explore/label.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"

namespace gapless::explore {
namespace {

using store::relational::Serialization;

// How many orders of actors that look alike are tried.
constexpr std::size_t most_orders = 5040;

using Colors = std::vector<std::uint64_t>;

class Refinement {
 public:
  Refinement(std::span<const Serialization> graphs, std::span<const std::uint64_t> places)
      : graphs_(graphs), colors_(places.begin(), places.end()) {}

  Colors run() {
    for (std::size_t classes = 0;;) {
      const auto now = std::set<std::uint64_t>(colors_.begin(), colors_.end()).size();
      if (now == classes) return std::move(colors_);
      classes = now;
      Colors next = colors_;
      for (const auto& graph : graphs_) refine(graph, next);
      colors_ = std::move(next);
    }
  }

 private:
  // Adds what a graph says of each label to its color.
  void refine(const Serialization& graph, Colors& next) const {
    std::vector<std::uint64_t> members;  // what each transaction looks like so far
    for (const auto& transaction : graph.transactions) members.push_back(look(transaction));
    std::vector<Digest> around;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& transaction = graph.transactions[i];
      Digest digest;
      digest.add(members[i]);
      for (const auto other : transaction.out) digest.add(members[other]);
      digest.add(std::uint64_t{1});
      for (const auto other : transaction.in) digest.add(members[other]);
      digest.add(transaction.watched.size());
      around.push_back(digest);
    }
    for (const auto& lock : graph.locks) {
      for (std::size_t place = 0; place < lock.holders.size(); ++place) {
        auto& digest = around[lock.holders[place]];
        digest.add(static_cast<std::uint64_t>(lock.kind)).add((std::uint64_t{lock.what.table} << 32U) | lock.what.row);
        digest.add(place);
        for (const auto other : lock.holders) digest.add(members[other]);
      }
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto label = graph.transactions[i].actor;
      if (label != Serialization::nobody) next[label] = mix(next[label] ^ around[i].value());
    }
  }

  std::uint64_t look(const Serialization::Transaction& transaction) const {
    Serialization alone;
    alone.transactions.push_back(transaction);
    auto& same = alone.transactions.front();
    same.actor = 0;
    same.out.clear();
    same.in.clear();
    same.watched.clear();
    Digest digest;
    store::relational::add_to(digest, alone);
    if (transaction.actor != Serialization::nobody) digest.add(colors_[transaction.actor]);
    return digest.value();
  }

  std::span<const Serialization> graphs_;
  Colors colors_;
};

std::size_t orders_of(const std::vector<std::vector<std::uint32_t>>& classes) {
  std::size_t orders = 1;
  for (const auto& alike : classes) {
    for (std::size_t i = 2; i <= alike.size() && orders <= most_orders; ++i) orders *= i;
  }
  return orders;
}

std::vector<std::uint32_t> numbered(const std::vector<std::vector<std::uint32_t>>& classes, std::size_t size) {
  std::vector<std::uint32_t> labels(size, no_label);
  std::uint32_t next = 0;
  for (const auto& alike : classes) {
    for (const auto label : alike) labels[label] = next++;
  }
  return labels;
}

std::vector<Serialization> renumbered(std::span<const Serialization> graphs, const std::vector<std::uint32_t>& labels) {
  std::vector<Serialization> result;
  for (const auto& graph : graphs) result.push_back(graph.renumbered(labels));
  return result;
}

}  // namespace

std::uint32_t fresh_label(std::span<const Serialization> graphs) {
  std::uint32_t fresh = 0;
  for (const auto& graph : graphs) {
    for (const auto& transaction : graph.transactions) {
      if (transaction.actor != Serialization::nobody) fresh = std::max(fresh, transaction.actor + 1);
    }
  }
  return fresh;
}

bool has_label(std::span<const Serialization> graphs, std::uint32_t label) {
  return std::any_of(graphs.begin(), graphs.end(),
                     [&](const Serialization& graph) { return graph.member_of(label) != Serialization::nobody; });
}

std::vector<std::uint32_t> canonical_labels(std::span<const Serialization> graphs,
                                            std::span<const std::uint64_t> places) {
  std::vector<std::uint64_t> by_label(places.begin(), places.end());
  by_label.resize(std::max<std::size_t>(by_label.size(), fresh_label(graphs)));
  const auto colors = Refinement(graphs, by_label).run();
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint32_t>> by_color;  // place, then color
  for (std::uint32_t label = 0; label < by_label.size(); ++label) {
    if (has_label(graphs, label)) by_color[{by_label[label], colors[label]}].push_back(label);
  }
  if (by_color.empty()) return {};
  std::vector<std::vector<std::uint32_t>> classes;
  for (auto& [color, alike] : by_color) classes.push_back(std::move(alike));

  auto best = numbered(classes, by_label.size());
  if (orders_of(classes) == 1 || orders_of(classes) > most_orders) return best;
  auto least = renumbered(graphs, best);
  // Odometer over the orders of each class.
  for (std::size_t at = 0; at < classes.size();) {
    if (!std::next_permutation(classes[at].begin(), classes[at].end())) {
      ++at;  // it is in its first order again
      continue;
    }
    at = 0;
    const auto labels = numbered(classes, by_label.size());
    auto graph = renumbered(graphs, labels);
    if (graph < least) {
      least = std::move(graph);
      best = labels;
    }
  }
  return best;
}

}  // namespace gapless::explore
