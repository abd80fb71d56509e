#include "writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "schedule.h"

namespace gapless::disagree {

std::string Writer::statement(bool read_only) {
  using Write = std::string (Writer::*)();
  static const std::vector<std::pair<std::string, Write>> kinds = {
      {"select", &Writer::select},       {"aggregate", &Writer::aggregate},
      {"join", &Writer::join},           {"advisory", &Writer::advisory},
      {"lock", &Writer::lock},           {"update", &Writer::update},
      {"delete", &Writer::remove},       {"insert", &Writer::insert},
      {"conflict", &Writer::conflict},   {"from", &Writer::from},
      {"subselect", &Writer::subselect}, {"claim", &Writer::claim},
      {"with", &Writer::with},           {"table_lock", &Writer::table_lock}};
  constexpr std::size_t reading = 4;  // the first ones only read
  // Now and then a READ ONLY transaction tries to write.
  const auto count = read_only && dice_.chance(95) ? reading : kinds.size();
  int total = 0;
  for (std::size_t i = 0; i < count; ++i) total += wishes_.weight(kinds[i].first);
  if (total == 0) return select();
  int left = dice_.between(1, total);
  std::size_t chosen = 0;
  while ((left -= wishes_.weight(kinds[chosen].first)) > 0) ++chosen;
  return (this->*kinds[chosen].second)();
}

// ------------------------------------------------------------------------------------------------ reading

std::string Writer::select() {
  const auto& table = any_table();
  auto text = "SELECT " + columns(table) + " FROM " + table.name;
  if (!table.keyed) return text + optional_part(" WHERE v + 0 > " + dice_.number(0, 8));
  if (dice_.chance(50)) return text + " WHERE id = " + key() + condition(table);
  text += " WHERE " + several_rows() + condition(table);
  if (dice_.chance(60)) {
    text += optional_part(
        (dice_.chance(40) ? by_id() : dice_.one_of({" ORDER BY v + 0, id", " ORDER BY v + 0 DESC, id DESC"})) +
        optional_part(dice_.one_of({"", " LIMIT 1", " LIMIT 2 OFFSET 1"})));
  }
  return text;
}

std::string Writer::aggregate() {
  const auto& table = any_table();
  switch (dice_.between(1, 4)) {
    case 1:
      return "SELECT count(*), sum(v) FROM " + table.name + optional_part(" WHERE v + 0 > " + dice_.number(0, 9));
    case 2:
      return "SELECT v + 0, count(*) FROM " + table.name + " GROUP BY v + 0" + optional_part(" HAVING count(*) > 1") +
             " ORDER BY v + 0";
    case 3:
      return "SELECT max(v + 0) - min(v + 0) FROM " + table.name;
    default:
      return "SELECT " + columns(table, "x") + ", (SELECT count(*) FROM " + any_table().name +
             " y WHERE y.v + 0 > x.v) FROM " + table.name + " x";
  }
}

std::string Writer::join() {
  const auto& left = any_table();
  const auto& right = any_table();
  const auto on =
      left.keyed && right.column("ref") ? "y.ref + 0 = x.id + 0" : dice_.one_of({"y.v + 0 = x.v + 0", "y.v + 0 < x.v"});
  return "SELECT x.v, " + columns(right, "y") + " FROM " + left.name + " x " +
         (serializable_ ? "LEFT JOIN " : dice_.one_of({"JOIN ", "LEFT JOIN "})) + right.name + " y ON " + on +
         optional_part(" WHERE x.v + 0 > " + dice_.number(0, 8));
}

// ------------------------------------------------------------------------------------------------ locking

std::string Writer::lock() {
  if (!serializable_ && dice_.chance(15)) return lock_join();
  const auto& table = any_table();
  if (!table.keyed)
    return "SELECT v FROM " + table.name + " WHERE v = " + dice_.number(0, 12) + strength() + patience();
  auto text = "SELECT " + columns(table) + " FROM " + table.name + " WHERE ";
  if (dice_.chance(60)) return text + "id = " + key() + condition(table) + strength() + patience();
  text += several_rows() + condition(table);
  text += dice_.chance(60) ? by_id() : dice_.one_of({" ORDER BY v + 0, id", " ORDER BY id + 0 DESC"});
  text += optional_part(dice_.one_of({"", " LIMIT 1", " LIMIT 2", " LIMIT 1 OFFSET 1"}));
  return text + strength() + patience();
}

std::string Writer::lock_join() {
  const auto& left = keyed_table();
  const auto& right = keyed_table();
  const auto on = right.column("ref") ? "y.ref = x.id" : "y.id = x.id";
  return "SELECT x.id, x.v, y.id, y.v FROM " + left.name + " x JOIN " + right.name + " y ON " + on +
         " WHERE x.id = " + key() + optional_part(" AND y.v " + dice_.one_of({"> 3", "< x.v", "<> 7"})) +
         " ORDER BY x.id, y.id" + strength() + optional_part(dice_.one_of({" OF x", " OF y", " OF x, y"})) + patience();
}

std::string Writer::strength() {
  return dice_.one_of({" FOR UPDATE", " FOR UPDATE", " FOR UPDATE", " FOR NO KEY UPDATE", " FOR SHARE", " FOR SHARE",
                       " FOR KEY SHARE"});
}

std::string Writer::patience() {
  const auto chosen = dice_.one_of({"", "", "", "", " NOWAIT", " SKIP LOCKED"});
  return chosen.empty() ? "" : optional_part(chosen);
}

std::string Writer::advisory() {
  const auto name = dice_.one_of({"pg_advisory_lock", "pg_advisory_lock", "pg_advisory_xact_lock",
                                  "pg_advisory_xact_lock", "pg_advisory_xact_lock", "pg_advisory_lock_shared",
                                  "pg_advisory_xact_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_xact_lock",
                                  "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock_shared",
                                  "pg_advisory_unlock", "pg_advisory_unlock", "pg_advisory_unlock_shared"});
  if (dice_.chance(8)) return "SELECT pg_advisory_unlock_all()";
  auto call = name + "(" + dice_.number(1, 2) + ")";
  if (dice_.chance(20) && keyed_table().keyed) {
    const auto& table = keyed_table();
    return "SELECT " + call + ", (SELECT sum(v) FROM " + table.name + ")";
  }
  if (dice_.chance(10)) call = name + "(1, " + dice_.number(1, 2) + ")";
  return "SELECT " + call;
}

std::string Writer::table_lock() {
  return "LOCK TABLE " + any_table().name + " IN " +
         dice_.one_of({"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE",
                       "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"}) +
         " MODE" + (dice_.chance(20) ? optional_part(" NOWAIT") : "");
}

// ----------------------------------------------------------------------------------------------- changing

std::string Writer::update() {
  const auto& table = any_table();
  if (!table.keyed) {
    return "UPDATE " + table.name + " SET v = v " + dice_.one_of({"+ 1", "- 1"}) +
           " WHERE v = " + random_value(dice_, table.columns.front()) + returning(table);
  }
  auto text = "UPDATE " + table.name + " SET " + assignment(table);
  if (dice_.chance(15)) {
    const auto& other = dice_.one_of(table.columns);
    const bool fresh = text.find(" SET " + other.name + " =") == std::string::npos;
    if (fresh && other.name != "id" && other.name != "v")
      text += optional_part(", " + other.name + " = " + random_value(dice_, other));
  }
  return text + " WHERE " + rows(table) + condition(table) + returning(table);
}

std::string Writer::assignment(const TableInfo& table) {
  const auto& column = dice_.chance(60) ? *table.column("v") : dice_.one_of(table.columns);
  const auto& name = column.name;
  if (name == "v") {
    if (dice_.chance(15)) return "v = " + random_value(dice_, column);
    return "v = v " + dice_.one_of({"- 7", "- 3", "+ 1", "+ 2", "- 1", "+ 0"});
  }
  if (name == "id") return dice_.chance(60) ? "id = " + dice_.number(1, 5) : "id = id + " + dice_.number(0, 3);
  if (name == "k") return dice_.chance(75) ? "k = " + random_value(dice_, column) : "k = k + 1";
  if (column.kind == Kind::boolean && dice_.chance(50)) return name + " = NOT " + name;
  if (column.kind == Kind::numeric && dice_.chance(50))
    return name + " = " + name + dice_.one_of({" + 0.50", " - 1", " * 1.5"});
  if (column.kind == Kind::text && dice_.chance(50)) return name + " = " + name + " || 'x'";
  return name + " = " + random_value(dice_, column);
}

std::string Writer::remove() {
  const auto& table = any_table();
  if (!table.keyed) return "DELETE FROM " + table.name + " WHERE v = " + random_value(dice_, table.columns.front());
  return "DELETE FROM " + table.name + " WHERE " + rows(table) + condition(table) + returning(table);
}

std::string Writer::insert() {
  if (dice_.chance(25)) return insert_select();
  const auto& table = any_table();
  auto text = "INSERT INTO " + table.name + " (" + columns(table) + ") VALUES " + literals(table);
  if (dice_.chance(15)) text += optional_part(", " + literals(table));
  return text + returning(table);
}

std::string Writer::insert_select() {
  const auto& table = keyed_table();
  const auto id = dice_.number(1, 6);
  auto text = "INSERT INTO " + table.name + " (id, v)";
  switch (dice_.between(1, 3)) {
    case 1:  // guarded by a count
      return text + " SELECT " + id + ", 5 WHERE (SELECT count(*) FROM " + any_table().name + ") < " +
             dice_.number(1, 4) + returning(table);
    case 2:
      return text + " SELECT id + " + dice_.number(1, 4) + ", v FROM " + table.name + " WHERE id = " + key() +
             condition(table) + returning(table);
    default:
      return text + " SELECT id + " + dice_.number(2, 4) + ", v FROM " + table.name + " WHERE " + several_rows() +
             by_id() + returning(table);
  }
}

std::string Writer::conflict() {
  const auto& table = keyed_table();
  auto text = "INSERT INTO " + table.name + " (" + columns(table) + ") VALUES " + literals(table);
  if (dice_.chance(15)) text += optional_part(", " + literals(table));
  text += " ON CONFLICT";
  const auto target = dice_.one_of(table.conflict_targets);
  if (dice_.chance(45))
    return text + (dice_.chance(60) ? optional_part(target) : "") + " DO NOTHING" + returning(table);
  text += target + " DO UPDATE SET ";
  text += dice_.one_of({"v = excluded.v", "v = ", "v = "});
  if (text.ends_with("v = ")) text += table.name + ".v " + dice_.one_of({"+ excluded.v", "+ 1", "- 3"});
  if (table.column("k") && dice_.chance(20)) text += optional_part(dice_.one_of({", k = excluded.k", ", k = NULL"}));
  if (dice_.chance(35)) {
    text +=
        optional_part(" WHERE " + table.name + ".v " + dice_.one_of({"< 9", "> 5", "<> excluded.v", "< excluded.v"}));
  }
  return text + returning(table);
}

std::string Writer::from() {
  if (serializable_) return update();  // as with common tables
  const auto& table = keyed_table();
  const auto& other = keyed_table();
  const auto where = " WHERE y.id = x.id AND x.id = " + key() +
                     optional_part(" AND " + dice_.one_of({"y.v > 3", "x.v > y.v - 6", "x.v <> y.v"}));
  if (dice_.chance(25)) {
    return "DELETE FROM " + table.name + " x USING " + other.name + " y" + where +
           optional_part(" RETURNING x.id, y.v");
  }
  return "UPDATE " + table.name + " x SET v = x.v " + dice_.one_of({"+", "-"}) + " y.v FROM " + other.name + " y" +
         where + optional_part(" RETURNING x.id, x.v, y.v");
}

// What a statement reads beside the row that it changes is as old as the statement.
std::string Writer::subselect() {
  const auto& table = keyed_table();
  const auto& other = any_table();
  const auto set = "UPDATE " + table.name + " x SET v = ";
  const auto where = " WHERE " + rows(table, "x");
  switch (dice_.between(1, 6)) {
    case 1:
      return set + "(SELECT coalesce(max(v), 0) FROM " + other.name + ") - " + dice_.number(0, 5) + where +
             condition(table, "x");
    case 2:
      return set + "x.v + (SELECT count(*) FROM " + other.name + " y WHERE y.v + 0 > x.v)" + where;
    case 3:
      return set + "x.v - 3" + where + " AND (SELECT sum(v) FROM " + other.name + ") >= " + dice_.number(5, 25);
    case 4:
      return set + "x.v + 1" + where + " AND (EXISTS (SELECT 1 FROM " + other.name + " y WHERE y.v + 0 < x.v)) IS TRUE";
    case 5:
      return "DELETE FROM " + table.name + " x" + where + " AND (x.v IN (SELECT v FROM " + other.name + " y)) IS TRUE";
    default:
      return "SELECT x.id, x.v, (SELECT sum(v) FROM " + other.name + "), (SELECT count(*) FROM " + other.name +
             " y WHERE y.v + 0 = x.v) FROM " + table.name + " x" + where + " ORDER BY x.id + 0" + strength() +
             patience();
  }
}

// Sorted by a scan of the table, not read in the order of the index, where what a scan locks matters.
std::string Writer::by_id() const { return serializable_ ? " ORDER BY id + 0" : " ORDER BY id"; }

// Finds a row by a sub-select, and takes it: with and without locking it there.
std::string Writer::claim() {
  const auto& table = keyed_table();
  const auto lock =
      dice_.one_of({"", " FOR UPDATE", " FOR UPDATE SKIP LOCKED", " FOR UPDATE SKIP LOCKED", " FOR NO KEY UPDATE"});
  const auto query = "(SELECT id FROM " + table.name + " y WHERE y.v + 0 " + dice_.one_of({"> 4", "> 6", "< 9"}) +
                     by_id() + " LIMIT 1" + optional_part(lock) + ")";
  switch (dice_.between(1, 4)) {
    case 1:
      return "DELETE FROM " + table.name + " WHERE id = " + query + returning(table);
    case 2:
      return "SELECT count(*), sum(v) FROM (SELECT v FROM " + table.name + " WHERE " + several_rows() + by_id() +
             strength() + patience() + ") z";
    default:
      return "UPDATE " + table.name + " SET v = v - 3 WHERE id = " + query + optional_part(" AND v > 4") +
             returning(table);
  }
}

std::string Writer::with() {
  if (dice_.chance(45)) return with_change();
  const auto& table = keyed_table();
  const auto& other = any_table();
  // How a join with a common table is made is the planner's choice, and so is what SERIALIZABLE locks of it.
  switch (serializable_ ? 3 : dice_.between(1, 3)) {
    case 1:
      return "WITH c AS (SELECT id, v FROM " + table.name + " WHERE id = " + key() + condition(table) + strength() +
             patience() + ") UPDATE " + table.name + " x SET v = c.v - 3 FROM c WHERE x.id = c.id" +
             optional_part(" AND c.v >= 3") + optional_part(" RETURNING x.id, x.v");
    case 2:
      return "WITH c AS (SELECT sum(v) AS total FROM " + other.name + ") UPDATE " + table.name +
             " x SET v = x.v + 1 FROM c WHERE x.id = " + key() + " AND c.total > " + dice_.number(3, 20);
    default:
      return "WITH c AS (SELECT id, v FROM " + table.name + " WHERE " + several_rows() + by_id() + " LIMIT 1" +
             strength() + patience() + ") SELECT count(*), sum(c.v) FROM c";
  }
}

std::string Writer::with_change() {
  const auto& table = keyed_table();
  const auto& other = keyed_table();
  const auto id = key();
  switch (dice_.between(1, 4)) {
    case 1:
      return "WITH c AS (UPDATE " + table.name + " SET v = v - 3 WHERE id = " + id + condition(table) +
             " RETURNING id, v) SELECT c.id, c.v, (SELECT sum(v) FROM " + other.name + ") FROM c";
    case 2:
      return "WITH c AS (DELETE FROM " + table.name + " WHERE id = " + id + " RETURNING id, v) INSERT INTO " +
             other.name + " (id, v) SELECT c.id + " + dice_.number(0, 4) + ", c.v FROM c" +
             optional_part(" ON CONFLICT DO NOTHING");
    case 3:
      return "WITH c AS (INSERT INTO " + table.name + " (id, v) VALUES (" + id + ", 5)" +
             optional_part(" ON CONFLICT DO NOTHING") +
             " RETURNING id, v) SELECT id, v FROM c UNION ALL SELECT id, v FROM " + table.name + " WHERE id = " + id;
    default:
      return "WITH c AS (UPDATE " + table.name + " SET v = v - 1 WHERE id = " + id + " RETURNING v) UPDATE " +
             other.name + " SET v = v + 1 WHERE id = " + key() + " AND (SELECT count(*) FROM c) = 1";
  }
}

// -------------------------------------------------------------------------------------------------- parts

const TableInfo& Writer::keyed_table() {
  const auto& table = any_table();
  return table.keyed ? table : world_.tables.front();  // which has a key always
}

std::string Writer::rows(const TableInfo& table, const std::string& alias) {
  const auto prefix = alias.empty() ? "" : alias + ".";
  const auto* k = table.column("k");
  if (k && k->unique && dice_.chance(20)) return prefix + "k = " + dice_.number(1, 4);
  if (dice_.chance(72)) return prefix + "id = " + key();
  // In the order of the key, and by it: the scan of a table goes in the order of the heap, which we do not have.
  if (serializable_) return prefix + "id IN (" + dice_.number(1, 2) + ", " + dice_.number(2, 5) + ")";
  return several_rows(alias);
}

std::string Writer::several_rows(const std::string& alias) {
  const auto low = dice_.between(1, 2);
  return (alias.empty() ? "" : alias + ".") + (serializable_ ? "id + 0 BETWEEN " : "id BETWEEN ") +
         std::to_string(low) + " AND " + dice_.number(low, 6);
}

std::string Writer::condition(const TableInfo& table, const std::string& alias) {
  if (dice_.chance(50)) return {};
  const auto& column = dice_.one_of(table.columns);
  const auto value = unindexed(column, alias);
  switch (column.kind) {
    case Kind::boolean:
      return optional_part(" AND " + value + dice_.one_of({" = true", " = false"}));
    case Kind::text:
      return optional_part(" AND " + value + dice_.one_of({" = 'a'", " <> 'b'", " >= 'b'"}));
    case Kind::numeric:
      return optional_part(" AND " + value + dice_.one_of({" > 2", " <= 1.5", " <> 2.25"}));
    case Kind::integer:
      break;
  }
  if (column.name != "v") return optional_part(" AND " + value + dice_.one_of({" < 3", " > 1", " <> 2"}));
  return optional_part(" AND " + value + dice_.one_of({" >= 7", " < 12", " <> 11", " > 3", " - 3 >= 0"}));
}

std::string Writer::unindexed(const ColumnInfo& column, const std::string& alias) {
  const auto name = (alias.empty() ? "" : alias + ".") + column.name;
  switch (column.kind) {
    case Kind::boolean:
      return "coalesce(" + name + ", false)";
    case Kind::text:
      return column.indexed ? "(" + name + " || '')" : name;
    case Kind::integer:
    case Kind::numeric:
      break;
  }
  return column.indexed ? name + " + 0" : name;
}

std::string Writer::literals(const TableInfo& table) {
  std::string text;
  for (const auto& column : table.columns) {
    text += (text.empty() ? "" : ", ") + (column.name == "id" ? dice_.number(1, 5) : random_value(dice_, column));
  }
  if (dice_.chance(3)) text.replace(text.rfind(' ') + 1, std::string::npos, "NULL");
  return "(" + text + ")";
}

std::string Writer::columns(const TableInfo& table, const std::string& alias) {
  std::string text;
  for (const auto& column : table.columns) {
    text += (text.empty() ? "" : ", ") + (alias.empty() ? "" : alias + ".") + column.name;
  }
  return text;
}

std::string Writer::returning(const TableInfo& table) {
  return dice_.chance(30) ? optional_part(" RETURNING " + columns(table)) : "";
}

}  // namespace gapless::disagree
