#include "explore/spilled_layer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gapless::explore {
namespace {

// A block is two words, shape and number of words that follow, and then these.
constexpr std::size_t block_words = 1U << 13U;
constexpr std::size_t head_words = 2;

[[noreturn]] void fail(const std::string& path) { throw SpillError{fmt::format("{}: {}", path, std::strerror(errno))}; }

// Two layers may be open at a time; the usual bound is 1024 files, and more are allowed to who asks.
void allow_many_files() {
  rlimit most{};
  if (getrlimit(RLIMIT_NOFILE, &most) != 0 || most.rlim_cur >= most.rlim_max) return;
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
}

}  // namespace

SpilledLayer::SpilledLayer(std::string folder, std::uint64_t depth, std::size_t writers, bool keep)
    : folder_(std::move(folder)), depth_(depth), has_names_(keep), keep_(keep), files_(writers * parts) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  allow_many_files();
}

SpilledLayer::SpilledLayer(std::string folder, std::uint64_t depth, std::span<const std::uint64_t> sizes)
    : folder_(std::move(folder)), depth_(depth), has_names_(true), keep_(true), files_(sizes.size()) {
  allow_many_files();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    files_[i].bytes = sizes[i];
    if (sizes[i] == 0) continue;
    files_[i].descriptor = open_file(i, O_RDONLY | O_CLOEXEC);
    if (static_cast<std::uint64_t>(lseek(files_[i].descriptor, 0, SEEK_END)) < sizes[i]) {
      throw SpillError{path_of(i) + ": shorter than it was"};
    }
  }
}

SpilledLayer::~SpilledLayer() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].descriptor < 0) continue;
    close(files_[i].descriptor);
    if (has_names_ && !keep_) unlink(path_of(i).c_str());
  }
}

std::string SpilledLayer::path_of(std::size_t file) const {
  return (std::filesystem::path(folder_) / fmt::format("layer-{}-{}-{}", depth_, file / parts, file % parts)).string();
}

int SpilledLayer::open_file(std::size_t file, int flags) const {
  const auto path = path_of(file);
  const int descriptor = open(path.c_str(), flags, 0600);
  if (descriptor < 0) fail(path);
  return descriptor;
}

// Others may use the folder at the same time, and have layers of the same depth.
int SpilledLayer::open_nameless() const {
  const int unnamed = open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return unnamed;
  // Not every file system can do that.
  auto path = (std::filesystem::path(folder_) / "gapless-layer-XXXXXX").string();
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) fail(path);
  unlink(path.c_str());
  return descriptor;
}

void SpilledLayer::put(std::size_t writer, std::size_t part, std::uint32_t shape,
                       std::span<const std::uint64_t> entry) {
  const auto number = writer * parts + part;
  auto& file = files_[number];
  if (!file.block.empty() && (file.shape != shape || file.block.size() + entry.size() > block_words)) flush(number);
  if (file.block.empty()) {
    file.shape = shape;
    file.block.resize(head_words);
  }
  file.block.insert(file.block.end(), entry.begin(), entry.end());
}

void SpilledLayer::flush(std::size_t number) {
  auto& file = files_[number];
  if (file.block.empty()) return;
  if (file.descriptor < 0) {
    file.descriptor = has_names_ ? open_file(number, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC) : open_nameless();
  }
  file.block[0] = file.shape;
  file.block[1] = file.block.size() - head_words;
  const auto* bytes = reinterpret_cast<const char*>(file.block.data());
  for (std::size_t left = file.block.size() * sizeof(std::uint64_t); left > 0;) {
    const auto written = pwrite(file.descriptor, bytes, left, static_cast<off_t>(file.bytes));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(folder_);
    bytes += written;
    left -= static_cast<std::size_t>(written);
    file.bytes += static_cast<std::uint64_t>(written);
  }
  file.block.clear();
}

void SpilledLayer::finish(std::size_t writer) {
  for (std::size_t part = 0; part < parts; ++part) {
    const auto number = writer * parts + part;
    flush(number);
    files_[number].block = {};
    if (keep_ && files_[number].descriptor >= 0 && fdatasync(files_[number].descriptor) != 0) fail(folder_);
  }
}

void SpilledLayer::read(std::size_t part, const Reader& reader) const {
  std::vector<std::uint64_t> block;
  for (std::size_t number = part; number < files_.size(); number += parts) {
    const auto& file = files_[number];
    std::uint64_t offset = 0;
    const auto take = [&](std::uint64_t* words, std::size_t count) {
      auto* bytes = reinterpret_cast<char*>(words);
      for (std::size_t left = count * sizeof(std::uint64_t); left > 0;) {
        const auto got = pread(file.descriptor, bytes, left, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(path_of(number));
        if (got == 0) throw SpillError{path_of(number) + ": shorter than it was"};
        bytes += got;
        left -= static_cast<std::size_t>(got);
        offset += static_cast<std::uint64_t>(got);
      }
    };
    while (offset < file.bytes) {
      std::uint64_t head[head_words];
      take(head, head_words);
      if (head[1] > block_words * head_words) throw SpillError{path_of(number) + ": not what was written"};
      block.resize(head[1]);
      take(block.data(), block.size());
      reader(static_cast<std::uint32_t>(head[0]), block);
    }
  }
}

void SpilledLayer::drop(std::size_t part) {
  if (keep_) return;  // somebody may have to begin the layer anew
  for (std::size_t number = part; number < files_.size(); number += parts) {
    auto& file = files_[number];
    if (file.descriptor < 0) continue;
    close(file.descriptor);
    file = {};
  }
}

std::vector<std::uint64_t> SpilledLayer::sizes() const {
  std::vector<std::uint64_t> sizes;
  for (const auto& file : files_) sizes.push_back(file.bytes);
  return sizes;
}

std::uint64_t SpilledLayer::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& file : files_) bytes += file.bytes;
  return bytes;
}

}  // namespace gapless::explore
