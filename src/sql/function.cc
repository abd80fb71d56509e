// Calls: aggregates, and the functions that we know. The name as written stays in the expression, since PostgreSQL
// names output columns after it.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "sql/bind.h"
#include "sql/reader.h"

namespace gapless::sql {

namespace {

struct KnownFunction {
  std::string_view name;
  Function function;
  std::size_t fewest;
  std::size_t most;
};

constexpr std::size_t any_number = 1'000;

constexpr auto known_functions = std::to_array<KnownFunction>({
    {"abs", Function::abs, 1, 1},
    {"mod", Function::mod, 2, 2},
    {"sign", Function::sign, 1, 1},
    {"round", Function::round, 1, 2},
    {"floor", Function::floor, 1, 1},
    {"ceil", Function::ceil, 1, 1},
    {"ceiling", Function::ceil, 1, 1},
    {"trunc", Function::trunc, 1, 2},
    {"power", Function::power, 2, 2},
    {"pow", Function::power, 2, 2},
    {"length", Function::length, 1, 1},
    {"char_length", Function::length, 1, 1},
    {"character_length", Function::length, 1, 1},
    {"lower", Function::lower, 1, 1},
    {"upper", Function::upper, 1, 1},
    {"substring", Function::substring, 2, 3},
    {"substr", Function::substring, 2, 3},
    {"left", Function::left, 2, 2},
    {"right", Function::right, 2, 2},
    {"btrim", Function::trim, 1, 2},
    {"replace", Function::replace, 3, 3},
    {"concat", Function::concat, 1, any_number},
    {"strpos", Function::strpos, 2, 2},
    {"position", Function::strpos, 2, 2},
    {"now", Function::now, 0, 0},
    {"transaction_timestamp", Function::now, 0, 0},
    {"statement_timestamp", Function::statement_timestamp, 0, 0},
    {"clock_timestamp", Function::clock_timestamp, 0, 0},
    {"date_trunc", Function::date_trunc, 2, 2},
    {"hashtext", Function::hashtext, 1, 1},
    {"extract", Function::extract, 2, 2},
    {"make_interval", Function::make_interval, 7, 7},
    {"current_setting", Function::current_setting, 1, 1},
    {"pg_advisory_lock", Function::advisory_lock, 1, 2},
    {"pg_advisory_lock_shared", Function::advisory_lock_shared, 1, 2},
    {"pg_advisory_xact_lock", Function::advisory_xact_lock, 1, 2},
    {"pg_advisory_xact_lock_shared", Function::advisory_xact_lock_shared, 1, 2},
    {"pg_try_advisory_lock", Function::try_advisory_lock, 1, 2},
    {"pg_try_advisory_lock_shared", Function::try_advisory_lock_shared, 1, 2},
    {"pg_try_advisory_xact_lock", Function::try_advisory_xact_lock, 1, 2},
    {"pg_try_advisory_xact_lock_shared", Function::try_advisory_xact_lock_shared, 1, 2},
    {"pg_advisory_unlock", Function::advisory_unlock, 1, 2},
    {"pg_advisory_unlock_shared", Function::advisory_unlock_shared, 1, 2},
    {"pg_advisory_unlock_all", Function::advisory_unlock_all, 0, 0},
});

struct KnownAggregate {
  std::string_view name;
  Aggregate aggregate;
};

constexpr auto known_aggregates = std::to_array<KnownAggregate>({
    {"count", Aggregate::count},
    {"sum", Aggregate::sum},
    {"min", Aggregate::min},
    {"max", Aggregate::max},
    {"avg", Aggregate::avg},
    {"bool_and", Aggregate::bool_and},
    {"every", Aggregate::bool_and},
    {"bool_or", Aggregate::bool_or},
});

// Functions that people reach for, and what to do instead.
constexpr auto refused_functions = std::to_array<Construct>({
    {"random", "a model must be deterministic; give the value as an argument of the request"},
    {"gen_random_uuid", "a model must be deterministic; give the value as an argument of the request"},
    {"uuid_generate_v4", "a model must be deterministic; give the value as an argument of the request"},
    {"nextval", "use a serial or identity column with RETURNING"},
    {"currval", "use RETURNING"},
    {"lastval", "use RETURNING"},
    {"setval", "use a serial or identity column"},
    {"pg_sleep", "time stands still; any pause is already an interleaving"},
    {"string_agg", "its order is the server's choice"},
    {"array_agg", "arrays are not supported"},
    {"json_agg", "JSON is not supported"},
    {"jsonb_agg", "JSON is not supported"},
    {"date_part", "it yields double precision; use extract(… FROM …)"},
    {"age", "subtract the timestamps"},
    {"like_escape", "LIKE … ESCAPE; use the backslash"},
    {"timezone", "AT TIME ZONE; every timestamp is in UTC"},
    {"generate_series", "write it in FROM, or VALUES"},
});

}  // namespace

Expression Reader::function(const Node& node) {
  auto names = node.names("funcname");
  if (names.size() == 2 && names.front() == "pg_catalog") names.erase(names.begin());
  if (names.size() != 1) node.not_supported("a function in a schema");
  const std::string name = names.front();
  node.text("funcformat");

  Expression result;
  if (const auto found = std::ranges::find(known_aggregates, name, &KnownAggregate::name);
      found != known_aggregates.end()) {
    result = aggregate(node, found->aggregate);
  } else if (const auto known = std::ranges::find(known_functions, name, &KnownFunction::name);
             known != known_functions.end()) {
    result = named_function(node, known->function);
    const std::size_t count = result.arguments.size();
    if (count < known->fewest || count > known->most)
      node.refuse("function " + name + " does not exist with " + std::to_string(count) +
                  (count == 1 ? " argument" : " arguments"));
  } else {
    if (const auto refused = std::ranges::find(refused_functions, name, &Construct::name);
        refused != refused_functions.end())
      node.not_supported("function " + name, refused->alternative);
    std::vector<std::string> candidates;
    for (const auto& each : known_functions) candidates.emplace_back(each.name);
    for (const auto& each : known_aggregates) candidates.emplace_back(each.name);
    const std::string meant = did_you_mean(name, candidates);
    node.refuse("function " + name + " does not exist or is not supported yet" +
                (meant.empty() ? "" : "; did you mean " + meant + "?"));
  }
  result.name = name;
  result.at = node.at();
  return result;
}

// FILTER (WHERE c) becomes CASE WHEN c THEN argument END: every aggregate that we have leaves NULL out.
Expression Reader::aggregate(const Node& node, Aggregate aggregate) {
  // Where sub-selects are not possible (expressions outside SQL, CHECK, DEFAULT) there are no rows to aggregate either.
  if (!queries_refused_.empty()) node.refuse("an aggregate is not possible here");
  Expression result;
  result.kind = Expression::Kind::aggregate;
  result.aggregate = aggregate;
  result.distinct = node.flag("agg_distinct");
  result.arguments = expressions(node.children("args"));
  if (node.flag("agg_star")) {
    if (aggregate != Aggregate::count) node.refuse("'*' is possible only in count(*)");
    result.aggregate = Aggregate::count_star;
  } else if (result.arguments.size() != 1) {
    node.refuse("an aggregate takes one argument");
  }
  if (const auto filter = node.child("agg_filter")) {
    Expression choice;
    choice.kind = Expression::Kind::case_;
    choice.at = filter->at();
    choice.arguments.push_back(expression(*filter));
    Expression one;
    one.value = std::int32_t{1};
    one.type = Type::integer;
    one.at = node.at();
    const bool star = result.aggregate == Aggregate::count_star;
    choice.arguments.push_back(star ? one : std::move(result.arguments.front()));
    Expression null;
    null.at = node.at();
    choice.arguments.push_back(std::move(null));
    result.aggregate = star ? Aggregate::count : result.aggregate;
    result.arguments.clear();
    result.arguments.push_back(std::move(choice));
  }
  return result;
}

Expression Reader::named_function(const Node& node, Function function) {
  if (node.has("agg_star") || node.has("agg_distinct") || node.has("agg_filter"))
    node.refuse("DISTINCT, '*' and FILTER are possible only in an aggregate");
  if (!queries_refused_.empty() && function >= Function::advisory_lock)
    node.refuse("a lock is taken by a statement; it is not possible here");
  if (!queries_refused_.empty() && function == Function::current_setting)
    node.refuse("a setting is read by a statement; it is not possible here");
  Expression result;
  result.kind = Expression::Kind::function;
  result.function = function;
  const auto arguments = node.children("args");
  result.arguments = function == Function::make_interval ? interval_parts(arguments, node) : expressions(arguments);
  return result;
}

// make_interval's arguments have names, and are 0 where they are left out.
std::vector<Expression> Reader::interval_parts(const std::vector<Node>& arguments, const Node& call) {
  static constexpr std::array<std::string_view, 7> names = {"years", "months", "weeks", "days",
                                                            "hours", "mins",   "secs"};
  std::array<std::optional<Expression>, names.size()> given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Node& argument = arguments[i];
    std::size_t place = i;
    const bool named = argument.is("NamedArgExpr");
    if (named) place = static_cast<std::size_t>(std::ranges::find(names, argument.text("name")) - names.begin());
    if (place >= names.size() || given[place])
      argument.refuse("make_interval takes years, months, weeks, days, hours, mins and secs, each once");
    if (named) {
      argument.number("argnumber");
      given[place] = expression(argument.required("arg"));
      argument.done();
    } else {
      given[place] = expression(argument);
    }
  }
  std::vector<Expression> result;
  for (auto& part : given) {
    Expression zero;
    zero.value = std::int32_t{0};
    zero.type = Type::integer;
    zero.at = call.at();
    result.push_back(part ? *std::move(part) : std::move(zero));
  }
  return result;
}

Expression Reader::value_function(const Node& node) {
  const std::string op = node.text("op");
  if (op == "SVFOP_CURRENT_DATE") {
    node.number("typmod");
    Expression now;
    now.kind = Expression::Kind::function;
    now.function = Function::now;
    now.at = node.at();
    now.name = "current_date";  // what the column is called
    Expression result;
    result.kind = Expression::Kind::cast;
    result.type = Type::date;
    result.name = "date";
    result.at = node.at();
    result.arguments.push_back(std::move(now));
    return result;
  }
  if (op != "SVFOP_CURRENT_TIMESTAMP" && op != "SVFOP_LOCALTIMESTAMP") {
    std::string name = op.starts_with("SVFOP_") ? op.substr(6) : op;
    if (name.ends_with("_N")) name.resize(name.size() - 2);
    node.not_supported(name, "use now()");
  }
  node.number("typmod");  // always -1: the forms with a precision have kinds of their own
  Expression result;
  result.kind = Expression::Kind::function;
  result.function = Function::now;
  result.name = op == "SVFOP_LOCALTIMESTAMP" ? "localtimestamp" : "current_timestamp";
  result.at = node.at();
  return result;
}

Expression Reader::list_function(const Node& node, Function function) {
  Expression result;
  result.kind = Expression::Kind::function;
  result.function = function;
  result.name = function == Function::coalesce ? "coalesce" : function == Function::greatest ? "greatest" : "least";
  result.at = node.at();
  result.arguments = expressions(node.children("args"));
  return result;
}

}  // namespace gapless::sql
