// A corner of a real Redis server that is ours: databases that were empty, taken by number and emptied at the end.
//
// Which are taken is written down in one more, the home: a hash `gapless:live` with its owner (a name that the
// control connection bears) and their numbers. Whoever finds such a hash without such a connection (its owner was
// killed) empties what it names.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "live/redis.h"
#include "model/model.h"

namespace gapless::live {

class Keyspace {
 public:
  // Connects, empties what killed runs have left. Throws ServerError.
  explicit Keyspace(const std::string& url);
  // Empties everything that it has taken; a server that is gone needs none of that.
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  // Takes a database for each keyvalue and fills it. The model must outlive its use.
  void open(const model::Model& model);
  // Between two schedules: nobody watches anything, keys as in the beginning.
  void reset();

  // What the actor (from 1) is answered: the command's reply, or that of EXEC. Throws ModelError where it might reach
  // beyond its database.
  keyvalue::Reply run(std::size_t actor, std::size_t number, const std::vector<keyvalue::Command>& commands,
                      bool transaction);
  // It watches nothing any more.
  void calm(std::size_t actor);
  // Its connections are closed.
  void crash(std::size_t actor);
  // The key's time to live is over; false: there is no such key.
  bool expire(std::size_t number, const std::string& key);

  // All keys with their values, and whether they have a time to live, as sorted lines: of the server, and of a value.
  std::vector<std::string> lines(std::size_t number);
  static std::vector<std::string> lines(const keyvalue::Database& database);

  const std::vector<std::string>& warnings() const { return warnings_; }
  std::size_t leftovers() const { return leftovers_; }  // databases of killed runs that were emptied

 private:
  struct Session {
    explicit Session(RedisConnection c) : connection(std::move(c)) {}
    RedisConnection connection;
    bool watches = false;
  };
  // One of the model's keyvalues.
  struct Corner {
    explicit Corner(RedisConnection c) : keeper(std::move(c)) {}
    std::size_t database = 0;  // its number on the server
    RedisConnection keeper;
    std::vector<std::unique_ptr<Session>> sessions;  // of actor 1, 2, …; null: none yet
  };

  void look_at_server();
  void empty_leftovers();
  void take(std::size_t count);
  bool release(std::size_t home, const std::string& owner);
  void fill(Corner& corner, const model::KeyValue& keyvalue);
  Session& session(std::size_t actor, std::size_t number);
  void drop() noexcept;

  RedisAddress address_;
  RedisConnection control_;
  std::string owner_;
  std::size_t databases_ = 0;  // of the server
  std::optional<std::size_t> home_;
  std::vector<Corner> corners_;  // as many as any model has needed
  const model::Model* model_ = nullptr;
  std::vector<std::string> warnings_;
  std::size_t leftovers_ = 0;
};

}  // namespace gapless::live
