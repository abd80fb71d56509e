// A long exploration saved on the way, to go on from after it was killed.
//
// States are numbers that mean something only to the run that gave them. But a space gives the same numbers to whoever
// asks it the same questions in the same order: so the questions are saved, in order, beside the states, and asked
// again.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "base/digest.h"

namespace gapless::explore {

class CheckpointWriter {
 public:
  // Nothing is there under the final name until close(): a run that is killed meanwhile leaves the older one.
  explicit CheckpointWriter(const std::string& folder);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  void put(std::uint64_t word) { put(&word, 1); }
  void put(const std::uint64_t* words, std::size_t count);
  template <typename Number>
  void put_list(const std::vector<Number>& numbers) {
    put(numbers.size());
    for (const auto number : numbers) put(std::uint64_t{number});
  }
  void close();

 private:
  void flush();

  std::string folder_;
  int file_ = -1;
  std::vector<std::uint64_t> buffer_;
  Digest digest_;
};

// Throws ModelError where there is none, where it is another model's (`what` differs), and where it was changed or cut
// off.
class CheckpointReader {
 public:
  CheckpointReader(const std::string& folder, std::uint64_t what);

  std::uint64_t take();
  void take(std::uint64_t* words, std::size_t count);
  template <typename Number>
  std::vector<Number> take_list() {
    const auto count = take();
    require(count);
    std::vector<Number> numbers(count);
    for (auto& number : numbers) number = static_cast<Number>(take());
    return numbers;
  }
  // Everything was taken. Throws where it is not what was saved.
  void close();

 private:
  void require(std::uint64_t words) const;

  std::string path_;
  std::ifstream file_;
  std::uint64_t words_ = 0;
  std::uint64_t taken_ = 0;
  Digest digest_;
};

// Whether one is there, and of this.
bool is_checkpoint_of(const std::string& folder, std::uint64_t what);

void remove_checkpoint(const std::string& folder);

// The first words of each.
inline constexpr std::uint64_t checkpoint_format = 0x676170'6c657373'02;

}  // namespace gapless::explore
