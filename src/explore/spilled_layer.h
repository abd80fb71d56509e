// A layer, or most of it, on disk: in parts, each of which fits into memory, in the order in which it was written.
//
// A state may stand in a part several times, once for each time that the memory was full while it was found; whoever
// reads a part adds up. Each writer has files of its own, so that threads write side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gapless::explore {

// The disk is full, or does not answer.
struct SpillError {
  std::string what;
};

class SpilledLayer {
 public:
  static constexpr std::size_t parts = 128;

  // Files that are not kept have no name and vanish with the process. Throws SpillError, as all of it does.
  SpilledLayer(std::string folder, std::uint64_t depth, std::size_t writers, bool keep);
  // Files that were kept, of so many bytes each, by writer and part.
  SpilledLayer(std::string folder, std::uint64_t depth, std::span<const std::uint64_t> sizes);
  ~SpilledLayer();
  SpilledLayer(const SpilledLayer&) = delete;
  SpilledLayer& operator=(const SpilledLayer&) = delete;

  // An entry of this shape (a number that says how wide it is).
  void put(std::size_t writer, std::size_t part, std::uint32_t shape, std::span<const std::uint64_t> entry);
  // Everything that this writer has put is in its files; kept ones are on the disk.
  void finish(std::size_t writer);

  // All entries of a part, many at a time. May be called by several threads at once, once all is finished.
  using Reader = std::function<void(std::uint32_t shape, std::span<const std::uint64_t> entries)>;
  void read(std::size_t part, const Reader& reader) const;
  // Nobody reads this part any more.
  void drop(std::size_t part);

  std::uint64_t depth() const { return depth_; }
  std::vector<std::uint64_t> sizes() const;  // in bytes, by writer and part
  std::uint64_t bytes() const;
  // Whatever was kept is removed at the end.
  void forget() { keep_ = false; }

 private:
  struct File {
    int descriptor = -1;
    std::uint64_t bytes = 0;
    std::uint32_t shape = 0;
    std::vector<std::uint64_t> block;  // which is not written yet
  };

  std::string path_of(std::size_t file) const;
  int open_file(std::size_t file, int flags) const;
  int open_nameless() const;
  void flush(std::size_t file);

  std::string folder_;
  std::uint64_t depth_;
  bool has_names_;
  bool keep_;
  std::vector<File> files_;  // by writer and part
};

}  // namespace gapless::explore
