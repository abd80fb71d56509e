// hiredis's blocking half, with a time-out.
#include "live/redis.h"

#include <hiredis/hiredis.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "live/interrupt.h"

namespace gapless::live {
namespace {

constexpr timeval longest_connect{10, 0};
constexpr timeval longest_command{30, 0};

[[noreturn]] void fail_url(const std::string& why) {
  throw ServerError("no Redis URL: " + why +
                    "; write redis://host:6379, redis://user:password@host, or the path of a socket");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  fail_url("% is followed by two hexadecimal digits");
}

// "p%40ss" → "p@ss"
std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size()) fail_url("% is followed by two hexadecimal digits");
    result += static_cast<char>(16 * hex_digit(text[i + 1]) + hex_digit(text[i + 2]));
    i += 2;
  }
  return result;
}

int port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    fail_url("\"" + std::string(text) + "\" is no port");
  }
  return port;
}

redisContext* connect(const RedisAddress& address) {
  return address.socket.empty() ? redisConnectWithTimeout(address.host.c_str(), address.port, longest_connect)
                                : redisConnectUnixWithTimeout(address.socket.c_str(), longest_connect);
}

std::string name_of(const RedisAddress& address) {
  return address.socket.empty() ? address.host + ":" + std::to_string(address.port) : address.socket;
}

keyvalue::Reply converted(const redisReply& reply) {
  const auto text = reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return keyvalue::integer(reply.integer);
    case REDIS_REPLY_STATUS:
      return keyvalue::status(text);
    case REDIS_REPLY_STRING:
      return keyvalue::bulk(text);
    case REDIS_REPLY_ERROR:
      return keyvalue::error(text);
    case REDIS_REPLY_ARRAY: {
      std::vector<keyvalue::Reply> elements;
      for (std::size_t i = 0; i < reply.elements; ++i) elements.push_back(converted(*reply.element[i]));
      return keyvalue::array(std::move(elements));
    }
    default:
      return {};
  }
}

}  // namespace

RedisAddress parse_redis_url(const std::string& url) {
  RedisAddress address;
  std::string_view rest = url;
  if (rest.starts_with("unix://")) rest.remove_prefix(7);
  if (rest.starts_with('/')) {
    address.socket = rest;
    return address;
  }
  constexpr std::string_view scheme = "redis://";
  if (rest.starts_with("rediss://")) fail_url("TLS is not spoken here");
  if (!rest.starts_with(scheme)) fail_url("it begins with neither redis:// nor unix:// nor /");
  rest.remove_prefix(scheme.size());
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto who = rest.substr(0, at);
    const auto colon = who.find(':');
    if (colon == std::string_view::npos) fail_url("before @ there is user:password, or :password");
    address.user = decoded(who.substr(0, colon));
    address.password = decoded(who.substr(colon + 1));
    rest.remove_prefix(at + 1);
  }
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 < rest.size()) fail_url("it names a database, but only an empty one is taken, and chosen here");
    rest = rest.substr(0, slash);
  }
  // [::1]:6379 and host:6379
  const auto bracket = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) address.port = port_of(rest.substr(colon + 1));
  rest = rest.substr(0, colon);
  address.host = bracket == std::string_view::npos ? rest : rest.substr(1, bracket - 1);
  if (address.host.empty()) fail_url("it names no host");
  return address;
}

RedisConnection::RedisConnection(const RedisAddress& address, std::size_t database)
    : context_(connect(address), redisFree) {
  if (context_ == nullptr) throw ServerError("out of memory");
  if (context_->err != 0) {
    throw ServerError("no Redis server at " + name_of(address) + ": " + static_cast<const char*>(context_->errstr));
  }
  redisSetTimeout(context_.get(), longest_command);
  if (!address.password.empty()) {
    keyvalue::Command who = {"AUTH", address.password};
    if (!address.user.empty()) who.insert(who.begin() + 1, address.user);
    if (const auto reply = run(who); reply.kind == keyvalue::Reply::Kind::error) {
      throw ServerError("the Redis server refuses this user: " + reply.text);
    }
  }
  if (database > 0) expect({"SELECT", std::to_string(database)});
}

RedisConnection::~RedisConnection() = default;
RedisConnection::RedisConnection(RedisConnection&&) noexcept = default;
RedisConnection& RedisConnection::operator=(RedisConnection&&) noexcept = default;

keyvalue::Reply RedisConnection::run(const keyvalue::Command& command) {
  return std::move(run(std::span(&command, 1)).front());
}

std::vector<keyvalue::Reply> RedisConnection::run(std::span<const keyvalue::Command> commands) {
  throw_if_interrupted();
  for (const auto& command : commands) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& word : command) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(command.size()), texts.data(), sizes.data()) !=
        REDIS_OK) {
      lost();
    }
  }
  std::vector<keyvalue::Reply> replies;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK || reply == nullptr) lost();
    const std::unique_ptr<void, void (*)(void*)> owner(reply, freeReplyObject);
    replies.push_back(converted(*static_cast<const redisReply*>(reply)));
  }
  return replies;
}

keyvalue::Reply RedisConnection::expect(const keyvalue::Command& command) {
  auto reply = run(command);
  if (reply.kind == keyvalue::Reply::Kind::error) throw ServerError("Redis: " + reply.text + ": " + command.at(0));
  return reply;
}

void RedisConnection::lost() {
  throw ServerError("the connection to Redis is lost: " + std::string(static_cast<const char*>(context_->errstr)));
}

}  // namespace gapless::live
