#include "explore/roles.h"

#include <utility>

#include "base/check.h"

namespace gapless::explore {
namespace {

constexpr std::size_t no_origin = static_cast<std::size_t>(-1);
// A job's last run is owed whatever it responds, but for a crash.
constexpr const char* any_end = "*";

}  // namespace

Roles::Roles(const model::Model& model) : model_(model), roles_(model.roles.begin(), model.roles.end()) {
  for (std::size_t role = 0; role < roles_.size(); ++role) origins_.push_back(role);
  message_arguments_.resize(roles_.size());
}

std::size_t Roles::again(std::size_t role) {
  if (!roles_[role].again) return role;
  auto next = roles_[role].again();
  if (roles_[role].job) next.until = any_end;
  return number_of(std::move(next), origins_[role]);
}

std::size_t Roles::message(const std::string& request, const std::vector<sql::Value>& arguments) {
  const auto found = model_.messages.find(request);
  check(found != model_.messages.end(), "a message is for a request of the model");
  const auto role = number_of(found->second(arguments), no_origin);
  message_arguments_[role] = arguments;
  return role;
}

std::size_t Roles::number_of(model::Role role, std::size_t origin) {
  const auto [place, is_new] = numbers_.try_emplace(std::tuple(origin, role.request, role.arguments), roles_.size());
  if (is_new) {
    origins_.push_back(origin == no_origin ? roles_.size() : origin);
    roles_.push_back(std::move(role));
    message_arguments_.emplace_back();
  }
  return place->second;
}

bool is_content(const model::Role& role, const std::string& status) {
  if (role.until.empty()) return true;
  if (role.until == "2xx") return status.size() == 3 && status.front() == '2';
  return role.until == any_end ? status != crashed : status == role.until;
}

bool is_last_run(const model::Role& role) { return role.until == any_end; }

bool may_duplicate(const model::Role& role) { return !role.job && !is_last_run(role); }

bool may_retry(const model::Role& role) { return !role.job && role.until.empty(); }

}  // namespace gapless::explore
