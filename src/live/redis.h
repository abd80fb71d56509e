// One connection to a real Redis server. A command is answered at once, so that it is sent and its reply read in one
// go. The only door to hiredis.
//
// What is wrong with a command is a reply of kind error; what is wrong with the server is a ServerError.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "live/connection.h"
#include "store/keyvalue/reply.h"

struct redisContext;

namespace gapless::live {

namespace keyvalue = store::keyvalue;

// Where a Redis server is, and who one is there.
struct RedisAddress {
  std::string socket;  // a path; empty: host and port
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
};

// redis://[[user]:password@]host[:port], unix:///path, or the path of a socket. Throws ServerError, also where the URL
// names a database: which one is taken is not the user's choice.
RedisAddress parse_redis_url(const std::string& url);

class RedisConnection {
 public:
  // Connects, says who it is, and takes this database (keyspace.h says which). Throws ServerError.
  explicit RedisConnection(const RedisAddress& address, std::size_t database = 0);
  ~RedisConnection();
  RedisConnection(RedisConnection&&) noexcept;
  RedisConnection& operator=(RedisConnection&&) noexcept;

  keyvalue::Reply run(const keyvalue::Command& command);
  // All are sent before the first reply is read: the server runs them one after the other.
  std::vector<keyvalue::Reply> run(std::span<const keyvalue::Command> commands);
  // Where an error would be ours, or the server's: ServerError.
  keyvalue::Reply expect(const keyvalue::Command& command);

 private:
  [[noreturn]] void lost();

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

}  // namespace gapless::live
