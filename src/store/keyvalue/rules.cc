// One command, or a transaction of commands, from a value to a value; and what a session has to do with it.
#include "store/keyvalue/rules.h"

#include <algorithm>

#include "base/check.h"
#include "store/keyvalue/machine.h"
#include "store/keyvalue/reply.h"

namespace gapless::store::keyvalue {
namespace {

bool is(const Command& command, std::string_view name) { return upper(command[0]) == name; }

// WATCH of a session that was told already watches nothing more: its EXEC comes out nil anyway.
Reply connect(Session& session, const Command& command) {
  if (!is(command, "WATCH"))
    session = {};
  else if (!session.touched)
    session.watched.insert(command.begin() + 1, command.end());
  return ok();
}

Reply run_one(Machine& machine, Session& session, const Command& command) {
  if (std::optional<std::string> refused = refusal(command)) return error(*refused);
  const Kind& kind = *find_command(command[0]);
  return kind.use == Kind::Use::connection ? connect(session, command) : run(machine, command);
}

// The watches decide, and are gone, whatever comes of it.
Reply run_transaction(Machine& machine, Session& session, const std::vector<Command>& commands) {
  bool touched = session.touched;
  session = {};
  if (std::any_of(commands.begin(), commands.end(), [](const Command& command) { return refusal(command); }))
    return error("EXECABORT Transaction discarded because of previous errors.");
  if (touched) return {};
  std::vector<Reply> replies;
  for (const Command& command : commands) {
    if (is(command, "WATCH")) continue;  // refused at once, and no part of the transaction
    replies.push_back(run_one(machine, session, command));
  }
  return array(std::move(replies));
}

}  // namespace

Answer answer(Database& database, Session& session, const std::vector<Command>& commands, bool transaction) {
  check(transaction || commands.size() == 1, "one command, or a transaction");
  Machine machine(database);
  Reply reply = transaction ? run_transaction(machine, session, commands) : run_one(machine, session, commands[0]);
  Event event{machine.touched()};
  session = map(session, event);
  return {std::move(reply), std::move(event)};
}

Applied apply(const Database& database, const Session& session, const std::vector<Command>& commands,
              bool transaction) {
  Applied applied{database, session, {}, {}};
  Answer answered = answer(applied.database, applied.session, commands, transaction);
  applied.event = std::move(answered.event);
  applied.observation = observation(answered.reply, commands, transaction);
  return applied;
}

Expired expire(const Database& database, const std::string& key) {
  auto found = database.entries.find(key);
  check(found != database.entries.end() && found->second.ttl_ms.has_value(), "what expires has a time to live");
  Expired expired{database, {{key}}};
  expired.database.entries.erase(key);
  return expired;
}

bool only_reads(const Command& command) {
  const Kind* kind = find_command(command.at(0));
  return kind != nullptr && kind->use == Kind::Use::read;
}

}  // namespace gapless::store::keyvalue
