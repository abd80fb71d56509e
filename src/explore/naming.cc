#include "explore/naming.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "store/relational/evaluate_values.h"

namespace gapless::explore {
namespace {

// ------------------------------------------------------------------------------------------ every value of a value

// `visit` is called with each sql::Value and each std::string that may hold names, in an order that does not depend on
// them, as far as there is one.
template <typename Visit>
void each(sql::Tuple& tuple, const Visit& visit) {
  for (auto& value : tuple) visit(value);
}

template <typename Visit>
void each(std::vector<sql::Tuple>& tuples, const Visit& visit) {
  for (auto& tuple : tuples) each(tuple, visit);
}

template <typename Visit>
void each(relational::Row& row, const Visit& visit) {
  if (row.committed) each(*row.committed, visit);
  each(row.written, visit);
  each(row.superseded, visit);
}

template <typename Visit>
void each(relational::Before& before, const Visit& visit) {
  each(before.written, visit);
  each(before.superseded, visit);
}

template <typename Visit>
void each(relational::Progress& progress, const Visit& visit) {
  for (auto& candidate : progress.candidates) {
    for (auto& tuple : candidate.snapshot) {
      if (tuple) each(*tuple, visit);
    }
    visit(candidate.error_message);
  }
  each(progress.inserts, visit);
  for (auto& before : progress.before) each(before, visit);
  each(progress.output, visit);
  for (auto& check : progress.checks) each(check.key, visit);
  each(progress.calls, visit);
}

template <typename Visit>
void each(relational::Session& session, const Visit& visit) {
  for (auto& savepoint : session.savepoints) {
    for (auto& before : savepoint.changes) each(before, visit);
  }
  if (session.snapshot) {
    for (auto& difference : *session.snapshot) {
      if (difference.seen) each(*difference.seen, visit);
    }
  }
  if (session.wait) each(session.wait->key, visit);
  if (session.progress) each(*session.progress, visit);
}

template <typename Visit>
void each(store::Observation& observation, const Visit& visit) {
  each(observation.rows, visit);
  visit(observation.error_message);
}

// What is kept in an order of values that a rename would change, and that says more than which values there are.
void refuse_names_in_order(const std::vector<sql::Tuple>& rows) {
  for (const auto& row : rows) {
    if (std::ranges::any_of(row, &store::has_names))
      throw sql::NameUsed("a statement that waits remembers rows in its order");
  }
}

class Renamer {
 public:
  explicit Renamer(const Naming& naming) : naming_(naming) {}
  void operator()(sql::Value& value) const {
    if (auto* name = std::get_if<Name>(&value)) *name = naming_(*name);
    if (auto* text = std::get_if<std::string>(&value)) (*this)(*text);
  }
  void operator()(std::string& text) const {
    if (!sql::has_name(text)) return;
    text = sql::with_names(text, [&](const Name& name) { return sql::name_text(naming_(name)); });
  }
  std::string of(std::string text) const {
    (*this)(text);
    return text;
  }

 private:
  const Naming& naming_;
};

class Collector {
 public:
  explicit Collector(std::vector<Name>& names) : names_(names) {}
  void operator()(const sql::Value& value) const {
    if (const auto* name = std::get_if<Name>(&value)) add(*name);
    if (const auto* text = std::get_if<std::string>(&value)) look_into(*text);
  }
  void operator()(const std::string& text) const { look_into(text); }
  void look_into(std::string_view text) const {
    if (!sql::has_name(text)) return;
    (void)sql::with_names(text, [&](const Name& name) { return add(name), std::string(); });
  }

 private:
  void add(const Name& name) const {
    if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
  }
  std::vector<Name>& names_;
};

// ------------------------------------------------------------------------------------------------------- keyvalues

struct EntryRenamer {
  const Renamer& rename;
  void operator()(keyvalue::Bytes& bytes) const { rename(bytes); }
  void operator()(keyvalue::Hash& hash) const {
    keyvalue::Hash renamed;
    for (auto& [field, value] : hash) renamed.emplace(rename.of(field), rename.of(value));
    hash = std::move(renamed);
  }
  void operator()(keyvalue::List& list) const {
    for (auto& element : list) rename(element);
  }
  void operator()(keyvalue::Set& set) const {
    keyvalue::Set renamed;
    for (const auto& member : set) renamed.insert(rename.of(member));
    set = std::move(renamed);
  }
  void operator()(keyvalue::SortedSet& set) const {
    keyvalue::SortedSet renamed;
    for (const auto& [member, score] : set) renamed.emplace(rename.of(member), score);
    set = std::move(renamed);
  }
};

// -------------------------------------------------------------------------------------------------------- colors

class Refinement {
 public:
  explicit Refinement(std::span<const Fact> facts) : facts_(facts) {
    for (const auto& fact : facts) names_.insert(names_.end(), fact.names.begin(), fact.names.end());
    std::ranges::sort(names_);
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    for (const auto& name : names_) colors_.push_back(mix(name.kind + 1));
    for (const auto& fact : facts) {
      for (const auto& name : fact.names) {
        places_.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(names_, name) - names_.begin()));
      }
    }
    run();
  }

  // Tells one of several that are alike apart from the others, where that may tell others apart, too.
  void individualize() {
    while (const auto first = tied()) {
      colors_[*first] = mix(colors_[*first] + 1);
      run();
    }
  }

  const std::vector<Name>& names() const { return names_; }
  std::uint64_t color(std::size_t name) const { return colors_[name]; }
  std::uint64_t color_of(const Name& name) const {
    return colors_[static_cast<std::size_t>(std::ranges::lower_bound(names_, name) - names_.begin())];
  }

 private:
  void run() {
    for (std::size_t classes = count(); classes < names_.size();) {
      refine();
      const auto now = count();
      if (now == classes) return;
      classes = now;
    }
  }

  void refine() {
    std::vector<std::uint64_t> sums(names_.size());
    const std::uint32_t* place = places_.data();
    for (const auto& fact : facts_) {
      std::uint64_t look = mix((std::uint64_t{fact.shape} << 32U) | fact.count);
      for (std::size_t i = 0; i < fact.names.size(); ++i) look = mix(look ^ colors_[place[i]]);
      for (std::size_t i = 0; i < fact.names.size(); ++i) sums[place[i]] += mix(look + i + 1);
      place += fact.names.size();
    }
    for (std::size_t i = 0; i < names_.size(); ++i) colors_[i] = mix(colors_[i] ^ sums[i]);
  }

  std::size_t count() const {
    auto colors = colors_;
    std::ranges::sort(colors);
    return static_cast<std::size_t>(std::unique(colors.begin(), colors.end()) - colors.begin());
  }

  // The first name that is like another one, unless no fact has two such names: then to tell one apart changes
  // nothing for others.
  std::optional<std::size_t> tied() const {
    std::map<std::uint64_t, std::uint32_t> alike;
    for (const auto color : colors_) ++alike[color];
    if (alike.size() == colors_.size()) return std::nullopt;
    const std::uint32_t* place = places_.data();
    bool is_entangled = false;
    for (const auto& fact : facts_) {
      const auto ties =
          std::count_if(place, place + fact.names.size(), [&](std::uint32_t name) { return alike[colors_[name]] > 1; });
      is_entangled = is_entangled || ties > 1;
      place += fact.names.size();
    }
    if (!is_entangled) return std::nullopt;
    const auto first = std::ranges::find_if(colors_, [&](std::uint64_t color) { return alike[color] > 1; });
    return static_cast<std::size_t>(first - colors_.begin());
  }

  std::span<const Fact> facts_;
  std::vector<Name> names_;
  std::vector<std::uint64_t> colors_;
  std::vector<std::uint32_t> places_;  // of each name in each fact
};

}  // namespace

Name Naming::operator()(const Name& name) const {
  const auto found = std::ranges::lower_bound(names, name, {}, [](const auto& pair) { return pair.first; });
  return found != names.end() && found->first == name ? found->second : name;
}

bool Naming::identity() const {
  return std::ranges::all_of(names, [](const auto& pair) { return pair.first == pair.second; });
}

std::vector<std::vector<Name>> in_canonical_order(std::span<const Fact> facts, std::size_t kinds) {
  Refinement refinement(facts);
  refinement.individualize();
  std::vector<std::pair<std::uint64_t, Name>> sorted;
  for (std::size_t i = 0; i < refinement.names().size(); ++i) {
    sorted.emplace_back(refinement.color(i), refinement.names()[i]);
  }
  std::ranges::sort(sorted);
  std::vector<std::vector<Name>> by_kind(kinds);
  for (const auto& [color, name] : sorted) by_kind[name.kind].push_back(name);
  return by_kind;
}

Swaps::Swaps(std::span<const Fact> facts) : facts_(facts) {
  const Refinement refinement(facts);
  for (std::uint32_t number = 0; number < facts.size(); ++number) {
    std::uint64_t look = mix((std::uint64_t{facts[number].shape} << 32U) | facts[number].count);
    for (const auto& name : facts[number].names) {
      uses_.emplace_back(name, number);
      look = mix(look ^ refinement.color_of(name));
    }
    looks_.push_back(look);
  }
  std::ranges::sort(uses_);
}

bool Swaps::can_swap(std::size_t a, std::size_t b) {
  const auto& x = facts_[a];
  const auto& y = facts_[b];
  if (x.shape != y.shape || x.count != y.count || x.names.size() != y.names.size()) return false;
  Naming swap;
  for (std::size_t i = 0; i < x.names.size(); ++i) {
    if (x.names[i] == y.names[i]) continue;
    swap.names.emplace_back(x.names[i], y.names[i]);
    swap.names.emplace_back(y.names[i], x.names[i]);
  }
  std::ranges::sort(swap.names);
  swap.names.erase(std::unique(swap.names.begin(), swap.names.end()), swap.names.end());
  const auto first = [](const auto& pair) { return pair.first; };
  if (std::ranges::adjacent_find(swap.names, {}, first) != swap.names.end()) return false;
  std::vector<std::uint32_t> touched;
  for (const auto& [name, other] : swap.names) {
    const auto uses = std::ranges::equal_range(uses_, name, {}, first);
    for (const auto& [same, fact] : uses) touched.push_back(fact);
  }
  std::ranges::sort(touched);
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  std::vector<Fact> before;
  std::vector<Fact> after;
  for (const auto fact : touched) {
    before.push_back(facts_[fact]);
    after.push_back(facts_[fact]);
    for (auto& name : after.back().names) name = swap(name);
  }
  std::ranges::sort(before);
  std::ranges::sort(after);
  return before == after;
}

World renamed(const World& world, const Naming& naming,
              std::vector<std::pair<std::size_t, relational::Event>>& events) {
  const Renamer rename(naming);
  World result = world;
  for (std::size_t number = 0; number < result.databases.size(); ++number) {
    auto& database = result.databases[number];
    for (auto& table : database.tables) {
      for (auto& row : table.rows) each(row, rename);
    }
    relational::Session nobody;
    auto renaming = relational::canonicalize(world.databases[number], database, nobody, {}, {}, {});
    if (!renaming.others.identity()) events.emplace_back(number, std::move(renaming.others));
  }
  for (auto& keyvalue : result.keyvalues) {
    keyvalue::Database named;
    for (auto& [key, entry] : keyvalue.entries) {
      std::visit(EntryRenamer{rename}, entry.value);
      named.entries.emplace(rename.of(key), std::move(entry));
    }
    keyvalue = std::move(named);
  }
  for (auto& ledger : result.ledgers) {
    each(ledger, rename);
    std::ranges::sort(ledger);
  }
  for (auto& call : result.around.unsettled) {
    each(call.arguments, rename);
    rename(call.key);
  }
  std::ranges::sort(result.around.unsettled);
  for (auto& known : result.around.known_keys) {
    each(known.arguments, rename);
    rename(known.key);
  }
  std::ranges::sort(result.around.known_keys);
  for (auto& answered : result.around.answered) {
    answered.actor = naming({0, static_cast<std::uint32_t>(answered.actor), 1}).number;
  }
  std::ranges::sort(result.around.answered);
  return result;
}

Sessions renamed(Sessions sessions, const Naming& naming) {
  const Renamer rename(naming);
  for (auto& session : sessions.databases) {
    each(session, rename);
    if (!session.progress) continue;
    for (const auto& [number, result] : session.progress->queries) refuse_names_in_order(result.rows);
    for (const auto& [table, rows] : session.progress->tables) refuse_names_in_order(rows);
  }
  return sessions;
}

relational::Row renamed(relational::Row row, const Naming& naming) {
  each(row, Renamer(naming));
  return row;
}

store::Observation renamed(store::Observation observation, const Naming& naming) {
  each(observation, Renamer(naming));
  return observation;
}

std::vector<sql::Value> renamed(std::vector<sql::Value> values, const Naming& naming) {
  each(values, Renamer(naming));
  return values;
}

std::vector<Name> names_in(const Sessions& sessions) {
  std::vector<Name> names;
  for (auto session : sessions.databases) each(session, Collector(names));
  return names;
}

std::vector<Name> names_in(const relational::Row& row) {
  std::vector<Name> names;
  auto copy = row;
  each(copy, Collector(names));
  return names;
}

std::vector<Name> names_in(const std::vector<sql::Value>& values) {
  std::vector<Name> names;
  for (const auto& value : values) Collector{names}(value);
  return names;
}

std::vector<Name> names_in(const store::Observation& observation) {
  std::vector<Name> names;
  auto copy = observation;
  each(copy, Collector(names));
  return names;
}

std::vector<Name> names_in(std::string_view text) {
  std::vector<Name> names;
  Collector(names).look_into(text);
  return names;
}

Naming shape_naming(std::span<const Name> names) {
  Naming naming;
  for (std::size_t i = 0; i < names.size(); ++i) {
    naming.names.emplace_back(names[i], Name{names[i].kind, static_cast<std::uint32_t>(i), 0});
  }
  std::ranges::sort(naming.names);
  return naming;
}

}  // namespace gapless::explore
