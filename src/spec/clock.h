// The simulated server as isolationtester meets it: sessions that go on by themselves as soon as they can, and
// time-outs that run out while it waits. Time is virtual: what does not wait takes none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "spec/connection.h"
#include "store/relational/server.h"

namespace gapless::spec {

class Clock {
 public:
  // Both outlive the clock.
  Clock(store::relational::Server& server, std::vector<Connection>& connections)
      : server_(server), connections_(connections), waits_(connections.size()) {}

  // Sends, and lets everybody go on who can after it; first in, first out.
  void send(std::size_t session, const Message& message);

  // Lets so much time pass, with all that runs out in it.
  void pass(std::int64_t milliseconds);
  // Waits until something runs out. False where nothing ever will.
  bool pass_until_something();
  // The statement that waits ends as its client wishes.
  void cancel(std::size_t session);

 private:
  struct Wait {
    std::uint64_t place = 0;           // in the order of waits; 0: it does not wait
    std::size_t statement = 0;         // Connection::place()
    std::int64_t begin = 0;            // of this wait
    std::int64_t statement_begin = 0;  // of the statement
    bool looked_for_deadlock = false;  // the server does so once, deadlock_timeout after the wait began
  };
  struct Alarm {
    std::int64_t at = 0;
    std::size_t session = 0;
    bool deadlock = false;  // deadlock_timeout; else one of the others
  };

  void settle();
  void note(std::size_t session);
  bool closes_cycle_on_one_table(std::size_t session) const;
  std::optional<Alarm> next_alarm() const;
  void ring(const Alarm& alarm);
  void end_wait(std::size_t session, const store::Observation& observation);

  store::relational::Server& server_;
  std::vector<Connection>& connections_;
  std::vector<Wait> waits_;
  std::uint64_t places_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace gapless::spec
