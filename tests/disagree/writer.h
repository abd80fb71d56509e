// Writes random statements over a world.
//
// What PostgreSQL leaves to its planner is kept out (docs/warts.md): a statement that locks or changes several rows
// finds them by its primary key, EXISTS and IN stand in parentheses with IS TRUE, and the conditions beside a key are
// written so that no other index suits them. Where a session is SERIALIZABLE what a scan locks matters, too: then rows
// are looked up by equality on a key or else by a scan of the table (id + 0).
#pragma once

#include <string>

#include "dice.h"
#include "wishes.h"
#include "world.h"

namespace gapless::disagree {

class Writer {
 public:
  // All must outlive the writer.
  Writer(const World& world, const Wishes& wishes, Dice& dice, bool serializable)
      : world_(world), wishes_(wishes), dice_(dice), serializable_(serializable) {}

  // A marked statement; one that changes nothing and locks no rows if `read_only`.
  std::string statement(bool read_only = false);

 private:
  std::string select();
  std::string aggregate();
  std::string join();
  std::string lock();
  std::string lock_join();
  std::string update();
  std::string assignment(const TableInfo& table);
  std::string remove();
  std::string insert();
  std::string insert_select();
  std::string conflict();
  std::string from();
  std::string subselect();
  std::string claim();
  std::string with();
  std::string with_change();
  std::string advisory();
  std::string table_lock();

  const TableInfo& any_table() { return dice_.one_of(world_.tables); }
  const TableInfo& keyed_table();
  std::string key() { return dice_.chance(70) ? dice_.number(1, 2) : dice_.number(1, 5); }
  // Of rows to be locked or changed: in the order of the primary key, if there are several.
  std::string rows(const TableInfo& table, const std::string& alias = "");
  std::string by_id() const;
  std::string several_rows(const std::string& alias = "");
  std::string condition(const TableInfo& table, const std::string& alias = "");  // " AND …", may be empty; marked
  std::string unindexed(const ColumnInfo& column, const std::string& alias);
  std::string literals(const TableInfo& table);
  std::string columns(const TableInfo& table, const std::string& alias = "");
  std::string returning(const TableInfo& table);
  std::string strength();
  std::string patience();

  const World& world_;
  const Wishes& wishes_;
  Dice& dice_;
  bool serializable_;
};

}  // namespace gapless::disagree
