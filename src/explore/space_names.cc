// The state space where values are names: after each step the state is named anew (naming.h).
#include <algorithm>

#include "base/check.h"
#include "explore/space.h"

namespace gapless::explore {
namespace {

std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) { return (std::uint64_t{a} << 32U) | b; }

// Every row that a session speaks of, in the order in which it does.
std::vector<relational::RowName> rows_of(const relational::Session& session) {
  std::vector<relational::RowName> rows;
  for (const auto& held : session.held) rows.push_back(held.row);
  for (const auto& savepoint : session.savepoints) {
    for (const auto& change : savepoint.changes) rows.push_back(change.row);
  }
  if (session.snapshot) {
    for (const auto& difference : *session.snapshot) rows.push_back(difference.row);
  }
  if (session.wait && session.wait->kind == relational::Wait::Kind::row) rows.push_back(session.wait->row);
  if (session.progress) {
    for (const auto& candidate : session.progress->candidates) {
      rows.insert(rows.end(), candidate.rows.begin(), candidate.rows.end());
    }
    rows.insert(rows.end(), session.progress->changed.begin(), session.progress->changed.end());
    for (const auto& before : session.progress->before) rows.push_back(before.row);
    if (session.progress->writing) rows.push_back(*session.progress->writing);
  }
  std::erase_if(rows, [](const auto& row) { return row.row == relational::RowName::gone; });
  return rows;
}

void append(std::vector<Name>& names, const std::vector<Name>& more) {
  for (const auto& name : more) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

// The text with its names called by their place in `names`.
std::string shape_text(std::string_view text, const std::vector<Name>& names) {
  return sql::with_names(text, [&](const Name& name) {
    const auto place = std::ranges::find(names, name) - names.begin();
    return sql::name_text({name.kind, static_cast<std::uint32_t>(place), 0});
  });
}

}  // namespace

std::uint64_t Space::RowHash::operator()(const relational::Row& row) const {
  relational::Database alone;
  alone.tables.push_back({{row}, {}});
  Digest digest;
  relational::add_to(digest, alone);
  return digest.value();
}

std::uint64_t Space::NamingHash::operator()(const Naming& naming) const {
  Digest digest;
  for (const auto& [from, to] : naming.names) {
    digest.add(pair_key(from.kind, from.number)).add(pair_key(to.kind, to.number));
  }
  return digest.value();
}

// Roles that are alike but for who their actors are; each has one actor then.
void Space::find_named_roles() {
  const auto& model = successors_.model();
  serials_ = successors_.named_serials();
  role_names_.resize(model.roles.size());
  role_classes_.resize(model.roles.size());
  for (std::size_t role = 0; role < model.roles.size(); ++role) {
    const auto& [request, arguments, program, like, until, again, job] = model.roles[role];
    if (automata_.node(automata_.root(role)).finished) throw sql::NameUsed("a request has no steps");
    const bool is_told_apart = !like.empty() || !model.alike.empty();
    const auto text = like.empty() ? request + arguments : like;
    role_classes_[role] = shape((is_told_apart ? "named " : "") + text + " until " + until);
    if (!is_told_apart) continue;
    check(actors_of_role_[role].size() == 1, "a role that names its actor has one");
    const Name name{0, static_cast<std::uint32_t>(actors_of_role_[role].front()), 1};
    role_names_[role] = name;
    role_of_name_.emplace(name.number, role);
  }
}

// --------------------------------------------------------------------------------------------------------- facts

const Space::NodeNames& Space::names_of_node(actor::NodeNumber number) {
  while (node_names_.size() <= number) node_names_.emplace_back();
  auto& known = node_names_[number];
  if (known) return *known;
  NodeNames result;
  const auto& node = automata_.node(number);
  const bool is_models = node.role < role_names_.size();
  if (is_models && role_names_[node.role]) result.names.push_back(*role_names_[node.role]);
  append(result.names, names_in(roles_.arguments(node.role)));
  const auto text = automata_.key(number);
  append(result.names, names_in(text));
  const auto role = is_models ? std::to_string(role_classes_[node.role])
                              : "message " + roles_[node.role].request + roles_[node.role].arguments;
  result.shape = shape(shape_text(role + "\n" + text, result.names));
  known = std::move(result);
  return *known;
}

const std::vector<Name>& Space::names_of(LocalNumber local) {
  while (local_names_.size() <= local) local_names_.emplace_back();
  auto& known = local_names_[local];
  if (known) return *known;
  auto names = names_of_node(locals_[local].node).names;
  append(names, names_in(sessions_value(locals_[local].sessions)));
  known = std::move(names);
  return *known;
}

// A row that a session speaks of stands in the fact by its shape, and its names with those of the actor.
const Fact& Space::fact_of(WorldNumber world, LocalNumber local) {
  const auto number = locals_[local].sessions;
  auto sessions = sessions_value(number);
  const bool speaks_of_rows =
      std::ranges::any_of(sessions.databases, [](const auto& session) { return !rows_of(session).empty(); });
  const auto key = pair_key(speaks_of_rows ? world : 0xffffffffU, local);
  if (const auto found = local_facts_.find(key); found != local_facts_.end()) return found->second;
  Fact fact;
  fact.names = names_of(local);
  bool is_ambiguous = false;
  if (speaks_of_rows) {
    const auto value = world_value(world);
    for (std::size_t database = 0; database < sessions.databases.size(); ++database) {
      auto& session = sessions.databases[database];
      std::vector<std::pair<relational::RowName, std::uint32_t>> shapes;
      relational::Event event;
      event.places.resize(value.databases[database].tables.size());
      for (std::size_t table = 0; table < event.places.size(); ++table) {
        for (auto row : value.databases[database].tables[table].rows) {
          event.places[table].push_back(row_shape(std::move(row)));
        }
      }
      for (const auto& name : rows_of(session)) {
        const auto& row = value.databases[database].tables[name.table].rows[name.row];
        const auto its = event.places[name.table][name.row];
        const auto names = names_in(row);
        append(fact.names, names);
        // Two rows of one shape: which of them is meant where, the names alone would not say.
        for (const auto& [other, shape] : shapes) is_ambiguous = is_ambiguous || (shape == its && other != name);
        shapes.emplace_back(name, its);
      }
      session = relational::map(session, event);
    }
  }
  const auto naming = shape_naming(fact.names);
  const auto abstract = is_ambiguous ? number : intern_sessions(explore::renamed(std::move(sessions), naming));
  std::string text = std::to_string(names_of_node(locals_[local].node).shape) + (is_ambiguous ? " as " : " in ") +
                     std::to_string(abstract);
  fact.shape = shape(std::move(text));
  return local_facts_.emplace(key, std::move(fact)).first->second;
}

std::uint32_t Space::row_shape(relational::Row row) {
  const auto naming = shape_naming(names_in(row));
  return row_shapes_.intern(explore::renamed(std::move(row), naming));
}

std::span<const Fact> Space::facts_of_world(WorldNumber number) {
  if (const auto found = world_facts_.find(number); found != world_facts_.end()) return found->second;
  const auto world = world_value(number);
  std::vector<Fact> facts;
  const auto add = [&](const std::string& what, std::vector<Name> names, std::uint32_t shape_number) {
    if (!names.empty()) facts.push_back({shape(what + " " + std::to_string(shape_number)), std::move(names)});
  };
  const auto add_tuple = [&](const std::string& what, const sql::Tuple& tuple) {
    const auto names = names_in(tuple);
    add(what, names, tuple_shapes_.intern({explore::renamed(tuple, shape_naming(names))}));
  };
  for (std::size_t database = 0; database < world.databases.size(); ++database) {
    const auto& tables = world.databases[database].tables;
    for (std::size_t table = 0; table < tables.size(); ++table) {
      const auto what = "row " + std::to_string(database) + "." + std::to_string(table);
      for (const auto& row : tables[table].rows) add(what, names_in(row), row_shape(row));
    }
  }
  for (std::size_t each = 0; each < world.keyvalues.size(); ++each) {
    const auto what = "key " + std::to_string(each);
    for (const auto& [key, entry] : world.keyvalues[each].entries) {
      keyvalue::Database alone;
      alone.entries.emplace(key, entry);
      // A list is one fact, since its order counts.
      if (const auto* list = std::get_if<keyvalue::List>(&entry.value)) {
        sql::Tuple whole = {key};
        whole.insert(whole.end(), list->begin(), list->end());
        add_tuple(what, whole);
      } else {
        for (const auto& row : keyvalue::rows(alone)) add_tuple(what, row);
      }
    }
  }
  for (std::size_t ledger = 0; ledger < world.ledgers.size(); ++ledger) {
    for (const auto& row : world.ledgers[ledger]) add_tuple("ledger " + std::to_string(ledger), row);
  }
  for (const auto& call : world.around.unsettled) {
    sql::Tuple whole = call.arguments;
    whole.push_back(call.key);
    add_tuple("unsettled " + call.call, whole);
  }
  for (const auto& known : world.around.known_keys) {
    sql::Tuple whole = known.arguments;
    whole.push_back(known.key);
    add_tuple("known " + known.outcome + (known.forgets ? " for a while " : " ") + known.call, whole);
  }
  for (const auto& answered : world.around.answered) {
    const Name name{0, static_cast<std::uint32_t>(answered.actor), 1};
    if (role_of_name_.contains(name.number)) add("answered " + answered.request + " " + answered.status, {name}, 0);
  }
  return world_facts_.emplace(number, std::move(facts)).first->second;
}

std::vector<Fact> Space::facts_of(const StateRow& row) {
  const auto of_world = facts_of_world(row.world);
  std::vector<Fact> facts(of_world.begin(), of_world.end());
  for (const auto& group : row.groups) {
    const auto& fact = fact_of(row.world, group.local);
    if (fact.names.empty()) continue;
    facts.push_back(fact);
    facts.back().count = group.count;
  }
  return facts;
}

void Space::find_who_steps(const StateRow& row) {
  const auto facts = facts_of(row);
  Swaps swaps(facts);
  std::size_t fact = facts_of_world(row.world).size();
  std::vector<std::pair<std::size_t, std::size_t>> first;  // those that step: group and fact
  for (std::size_t group = 0; group < row.groups.size(); ++group) {
    step_for_.push_back(row.groups[group].count);
    if (fact_of(row.world, row.groups[group].local).names.empty()) continue;
    const auto same = std::ranges::find_if(first, [&](const auto& other) {
      return swaps.look(other.second) == swaps.look(fact) && swaps.can_swap(other.second, fact);
    });
    if (same == first.end()) {
      first.emplace_back(group, fact++);
      continue;
    }
    step_for_[same->first] += step_for_.back();
    step_for_.back() = 0;
    ++fact;
  }
}

// -------------------------------------------------------------------------------------------------------- renaming

void Space::rename(Move& move) {
  const auto facts = facts_of(move.row);
  auto by_kind = in_canonical_order(facts, serials_.size() + 1);
  Naming naming;
  // Actors change places with those that are alike only.
  std::map<std::uint32_t, std::vector<std::uint32_t>> places;
  for (const auto& name : by_kind[0]) places[role_classes_[role_of_name_.at(name.number)]].push_back(name.number);
  for (auto& [role_class, numbers] : places) std::ranges::sort(numbers, std::greater());
  for (const auto& name : by_kind[0]) {
    auto& left = places[role_classes_[role_of_name_.at(name.number)]];
    naming.names.emplace_back(name, Name{0, left.back(), 1});
    left.pop_back();
  }
  for (std::size_t kind = 1; kind < by_kind.size(); ++kind) {
    auto next = serials_[kind - 1].column.first;
    for (const auto& name : by_kind[kind]) naming.names.emplace_back(name, Name{name.kind, next++, name.first});
  }
  std::ranges::sort(naming.names);
  const auto number = namings_.intern(std::move(naming));
  const auto result = renamed_world(move.row.world, number);
  if (result.world == move.row.world && namings_[number].identity()) return;
  move.row.world = result.world;
  const auto groups = move.row.groups;
  move.row.groups.clear();
  for (const auto& group : groups) move.row.add(renamed(group.local, result.change), group.count);
  if (move.local != Move::no_local) move.local = renamed(move.local, result.change);
  if (move.created != Move::no_local) move.created = renamed(move.created, result.change);
  auto change = changes_[move.change];
  const auto& more = changes_[result.change];
  change.events.insert(change.events.end(), more.events.begin(), more.events.end());
  change.naming = more.naming;
  move.change = changes_.intern(std::move(change));
}

Space::Renamed Space::renamed_world(WorldNumber world, std::uint32_t number) {
  const auto key = pair_key(world, number);
  if (const auto found = renamed_worlds_.find(key); found != renamed_worlds_.end()) return found->second;
  const auto& naming = namings_[number];
  Change change;
  change.naming = number + 1;
  auto value = explore::renamed(world_value(world), naming, change.events);
  // Numbers of which nobody knows any more are given out again.
  std::vector<std::int64_t> live(serials_.size());
  for (const auto& [from, to] : naming.names) {
    if (from.kind > 0) ++live[from.kind - 1];
  }
  for (std::size_t serial = 0; serial < serials_.size(); ++serial) {
    const auto& [database, column, place] = serials_[serial];
    value.databases[database].tables[column.table].next_number[place] = column.first + live[serial];
  }
  const Renamed result{intern_world(std::move(value)), changes_.intern(std::move(change))};
  renamed_worlds_.emplace(key, result);
  return result;
}

LocalNumber Space::with_names(LocalNumber local, std::uint32_t number) {
  const auto& names = names_of(local);
  const auto& naming = namings_[number];
  if (std::ranges::all_of(names, [&](const Name& name) { return naming(name) == name; })) return local;
  std::string key(reinterpret_cast<const char*>(&local), sizeof local);
  for (const auto& name : names) {
    const auto to = naming(name);
    key.append(reinterpret_cast<const char*>(&to.number), sizeof to.number);
  }
  if (const auto found = named_locals_.find(key); found != named_locals_.end()) return found->second;
  const auto before = locals_[local];
  const auto sessions = intern_sessions(explore::renamed(sessions_value(before.sessions), naming));
  const auto result = intern_local(node_with_names(before.node, naming), sessions, before.label);
  named_locals_.emplace(std::move(key), result);
  return result;
}

std::size_t Space::role_with_names(std::size_t role, const Naming& naming) {
  if (role < role_names_.size()) return role_names_[role] ? role_of_name_.at(naming(*role_names_[role]).number) : role;
  const auto& arguments = roles_.arguments(role);
  if (names_in(arguments).empty()) return role;
  const std::string request = roles_[role].request;
  return known_role(roles_.message(request, explore::renamed(arguments, naming)));
}

// Along its history, with everything that was observed renamed. Names that are no longer known to anybody must stay
// different from each other and from all that are.
actor::NodeNumber Space::node_with_names(actor::NodeNumber number, const Naming& naming) {
  const auto role = role_with_names(automata_.node(number).role, naming);
  if (automata_.node(number).finished) return automata_.ended(role, automata_.node(number).response);
  Naming all = naming;
  const auto history = automata_.history(number);
  constexpr std::uint32_t first_forgotten = 500'000'000;
  std::uint32_t next = first_forgotten;
  for (const auto& observation : history) {
    for (const auto& name : names_in(observation)) {
      const auto known = std::ranges::lower_bound(all.names, name, {}, [](const auto& pair) { return pair.first; });
      if (known != all.names.end() && known->first == name) continue;
      all.names.insert(known, {name, Name{name.kind, next++, name.first}});
    }
  }
  auto result = automata_.root(role);
  for (const auto& observation : history) result = automata_.extend(result, explore::renamed(observation, all)).target;
  const auto expected =
      sql::with_names(automata_.key(number), [&](const Name& name) { return sql::name_text(naming(name)); });
  if (automata_.key(result) != expected) throw sql::NameUsed("a request goes on otherwise for it");
  return result;
}

// What a store may do with a name, and what not.
void Space::check_names(const World& before, const store::Operation& operation, const store::Observation& seen) const {
  if (operation.kind == store::Operation::Kind::command) {
    keyvalue::check_names(before.keyvalues[operation.database], operation.commands, seen);
  }
  if (operation.kind == store::Operation::Kind::document && !names_in(seen).empty()) {
    throw sql::NameUsed("a document holds it");
  }
  const auto mixes = [&](const KnownKey& known) {
    return known.call == operation.call && names_in({known.key}).empty() != names_in({operation.key}).empty();
  };
  if (operation.kind == store::Operation::Kind::call && std::ranges::any_of(before.around.known_keys, mixes)) {
    throw sql::NameUsed("a provider's key is a name, and another one is none");
  }
}

}  // namespace gapless::explore
