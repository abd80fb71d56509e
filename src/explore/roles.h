// Every role that actors play: the model's own, and those that come into being on the way (a message that is sent with
// these arguments, the second attempt of a request, a job's last run).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "model/model.h"

namespace gapless::explore {

class Roles {
 public:
  explicit Roles(const model::Model& model);  // which must outlive this

  // References stay valid.
  const model::Role& operator[](std::size_t role) const { return roles_[role]; }
  std::size_t size() const { return roles_.size(); }

  // What an actor of this role plays when it is run again: the same role where nothing tells it from the first.
  std::size_t again(std::size_t role);
  std::size_t message(const std::string& request, const std::vector<sql::Value>& arguments);

  // What a message is sent with; empty for all other roles.
  const std::vector<sql::Value>& arguments(std::size_t role) const { return message_arguments_[role]; }

  // The role of the model, or the message, that it began as.
  std::size_t origin(std::size_t role) const { return origins_[role]; }

 private:
  std::size_t number_of(model::Role role, std::size_t origin);

  const model::Model& model_;
  std::deque<model::Role> roles_;
  std::vector<std::size_t> origins_;
  std::vector<std::vector<sql::Value>> message_arguments_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::size_t> numbers_;  // origin, request, arguments
};

// A crashed actor's response.
inline constexpr const char* crashed = "crashed";

// Whether the role is content with this response: else it owes another run.
bool is_content(const model::Role& role, const std::string& status);

// A job's last run.
bool is_last_run(const model::Role& role);

// Whether a client may send it again though nothing obliges it: not jobs, nor messages. Not
// once a job's last run has begun: that comes behind all that clients do.
bool may_retry(const model::Role& role);
// Whether it may be received twice: a job is nobody's message.
bool may_duplicate(const model::Role& role);

}  // namespace gapless::explore
