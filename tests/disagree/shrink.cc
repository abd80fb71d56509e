// Greedy, from coarse to fine, until a whole round finds nothing: each candidate is the schedule less one thing.
#include "shrink.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "base/source.h"

namespace gapless::disagree {
namespace {

using Candidates = std::vector<Schedule>;

Schedule without(const Schedule& schedule, const std::function<bool(const Step&)>& dropped) {
  auto less = schedule;
  std::erase_if(less.steps, dropped);
  return less;
}

Candidates without_a_session(const Schedule& schedule) {
  Candidates found;
  for (std::size_t gone = 0; gone < schedule.sessions && schedule.sessions > 1; ++gone) {
    auto less = without(schedule, [&](const Step& step) { return step.session == gone; });
    for (auto& step : less.steps) step.session -= step.session > gone ? 1 : 0;
    --less.sessions;
    found.push_back(std::move(less));
  }
  return found;
}

Candidates without_a_transaction(const Schedule& schedule) {
  std::set<std::pair<std::size_t, std::size_t>> all;
  for (const auto& step : schedule.steps) all.emplace(step.session, step.transaction);
  Candidates found;
  for (const auto& gone : all) {
    found.push_back(
        without(schedule, [&](const Step& step) { return std::pair(step.session, step.transaction) == gone; }));
  }
  return found;
}

Candidates without_a_step(const Schedule& schedule) {
  Candidates found;
  for (std::size_t i = schedule.steps.size(); i-- > 0;) {
    found.push_back(schedule);
    found.back().steps.erase(found.back().steps.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return found;
}

Candidates without_a_row(const Schedule& schedule) {
  Candidates found;
  for (std::size_t i = schedule.rows.size(); i-- > 0;) {
    found.push_back(schedule);
    found.back().rows.erase(found.back().rows.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return found;
}

// A table goes with its rows; an index alone.
Candidates without_a_table(const Schedule& schedule) {
  Candidates found;
  for (std::size_t i = schedule.tables.size(); i-- > 0;) {
    auto less = schedule;
    less.tables.erase(less.tables.begin() + static_cast<std::ptrdiff_t>(i));
    const auto& gone = schedule.tables[i];
    if (gone.starts_with("CREATE TABLE ")) {
      const auto name = gone.substr(13, gone.find(' ', 13) - 13);
      std::erase_if(less.rows, [&](const std::string& row) { return row.starts_with("INSERT INTO " + name + " "); });
      std::erase_if(less.tables,
                    [&](const std::string& index) { return index.find(" ON " + name + " (") != std::string::npos; });
    }
    found.push_back(std::move(less));
  }
  return found;
}

// A column of a table goes with its values: INSERT INTO t (id, v, s) VALUES (1, 2, 'a').
std::vector<std::string> listed(std::string_view list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',') {
      parts.emplace_back();
    } else if (c != ' ' || !parts.back().empty()) {
      parts.back() += c;
    }
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

// The same INSERT of one row, less a column. Our literals hold no commas and no parentheses.
std::string without_column(const std::string& insert, const std::string& column) {
  const auto open = insert.find('(');
  const auto close = insert.find(')');
  const auto values = insert.find('(', close);
  const auto end = insert.find(')', values);
  if (end == std::string::npos) return insert;
  auto names = listed(std::string_view(insert).substr(open + 1, close - open - 1));
  auto literals = listed(std::string_view(insert).substr(values + 1, end - values - 1));
  const auto found = std::find(names.begin(), names.end(), column);
  if (found == names.end() || literals.size() != names.size()) return insert;
  literals.erase(literals.begin() + (found - names.begin()));
  names.erase(found);
  return insert.substr(0, open + 1) + joined(names) + ") VALUES (" + joined(literals) + insert.substr(end);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Optional columns are those that the world adds; statements mention them in lists and in VALUES.
Candidates without_a_column(const Schedule& schedule) {
  Candidates found;
  for (std::size_t i = 0; i < schedule.tables.size(); ++i) {
    if (!schedule.tables[i].starts_with("CREATE TABLE ")) continue;
    for (const auto& text : with_one_part_less(schedule.tables[i])) {
      for (const char* column : {"b", "n", "s", "ref", "k"}) {
        const auto mention = std::string(", ") + column;
        if (plain(text).find(mention + " ") != std::string::npos ||
            plain(schedule.tables[i]).find(mention + " ") == std::string::npos) {
          continue;
        }
        auto less = schedule;
        less.tables[i] = text;
        const auto name = text.substr(13, text.find(' ', 13) - 13);
        const auto target = "INSERT INTO " + name + " (";
        for (auto& row : less.rows) row = row.starts_with(target) ? without_column(row, column) : row;
        for (auto& step : less.steps) {
          if (plain(step.statement).starts_with(target)) step.statement = without_column(step.statement, column);
          for (const char* alias : {"", "x.", "y."}) {
            step.statement = replaced(step.statement, std::string(", ") + alias + column + ",", ",");
            step.statement = replaced(step.statement, std::string(", ") + alias + column + " FROM", " FROM");
            step.statement =
                replaced(step.statement, std::string(", ") + alias + column + mark_close, std::string(1, mark_close));
          }
        }
        found.push_back(std::move(less));
      }
    }
  }
  return found;
}

Candidates without_a_part(const Schedule& schedule) {
  Candidates found;
  const auto each = [&](auto member, std::size_t i, const std::string& text) {
    for (auto& less : with_one_part_less(text)) {
      found.push_back(schedule);
      member(found.back(), i) = std::move(less);
    }
  };
  for (std::size_t i = 0; i < schedule.tables.size(); ++i) {
    each([](Schedule& one, std::size_t at) -> std::string& { return one.tables[at]; }, i, schedule.tables[i]);
  }
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    each([](Schedule& one, std::size_t at) -> std::string& { return one.steps[at].statement; }, i,
         schedule.steps[i].statement);
  }
  return found;
}

// Simpler orders: a step comes right after the one before it of its session.
Candidates less_interleaved(const Schedule& schedule) {
  Candidates found;
  for (std::size_t i = 2; i < schedule.steps.size(); ++i) {
    if (schedule.steps[i].session == schedule.steps[i - 1].session) continue;
    for (std::size_t j = i - 1; j-- > 0;) {
      if (schedule.steps[j].session != schedule.steps[i].session) continue;
      auto moved = schedule;
      std::rotate(moved.steps.begin() + static_cast<std::ptrdiff_t>(j) + 1,
                  moved.steps.begin() + static_cast<std::ptrdiff_t>(i),
                  moved.steps.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      found.push_back(std::move(moved));
      break;
    }
  }
  return found;
}

std::size_t switches(const Schedule& schedule) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < schedule.steps.size(); ++i) {
    count += schedule.steps[i].session != schedule.steps[i - 1].session ? 1 : 0;
  }
  return count;
}

class Shrinker {
 public:
  Shrinker(const Played& played, Theirs& theirs) : best_(played), theirs_(theirs) {}

  Played run() {
    for (bool any = true; any;) {
      any = false;
      for (const auto simpler : {without_a_session, without_a_transaction, without_a_step, without_a_row,
                                 without_a_table, without_a_column, without_a_part, less_interleaved}) {
        while (round(simpler(best_.schedule))) any = true;
      }
    }
    return best_;
  }

 private:
  // The first candidate that is smaller and still disagrees.
  bool round(const Candidates& candidates) {
    for (const auto& candidate : candidates) {
      if (!simpler(candidate)) continue;
      try {
        auto played = play(candidate, theirs_);
        // What was implicitly put off or rolled back must not make it larger again.
        if (played.verdict != Played::Verdict::disagrees || played.reason != best_.reason) continue;
        if (!simpler(played.schedule)) continue;
        best_ = std::move(played);
        return true;
      } catch (const ModelError&) {  // nonsense: a column that is still in use
      } catch (const live::ServerError&) {
      }
    }
    return false;
  }

  bool simpler(const Schedule& schedule) const {
    const auto mine = size_of(schedule);
    const auto best = size_of(best_.schedule);
    return mine < best || (mine == best && switches(schedule) < switches(best_.schedule));
  }

  Played best_;
  Theirs& theirs_;
};

}  // namespace

Played shrink(const Played& played, Theirs& theirs) { return Shrinker(played, theirs).run(); }

std::size_t size_of(const Schedule& schedule) {
  std::size_t text = schedule.sessions * 20;
  for (const auto& table : schedule.tables) text += plain(table).size();
  for (const auto& row : schedule.rows) text += row.size();
  for (const auto& step : schedule.steps) text += plain(step.statement).size();
  return schedule.steps.size() * 10000 + text;
}

}  // namespace gapless::disagree
