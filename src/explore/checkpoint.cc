#include "explore/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/source.h"

namespace gapless::explore {
namespace {

constexpr std::size_t buffer_words = 1U << 17U;

std::string file_in(const std::string& folder) { return (std::filesystem::path(folder) / "states.gapless").string(); }

[[noreturn]] void refuse(const std::string& path, const std::string& message) {
  throw ModelError(Diagnostic{path, 0, 0, message, ""});
}

}  // namespace

CheckpointWriter::CheckpointWriter(const std::string& folder) : folder_(folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto path = file_in(folder) + ".new";
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) refuse(path, std::string("cannot be written: ") + std::strerror(errno));
  buffer_.reserve(buffer_words);
}

CheckpointWriter::~CheckpointWriter() {
  if (file_ >= 0) ::close(file_);
}

void CheckpointWriter::put(const std::uint64_t* words, std::size_t count) {
  buffer_.insert(buffer_.end(), words, words + count);
  if (buffer_.size() >= buffer_words) flush();
}

void CheckpointWriter::flush() {
  const auto* bytes = reinterpret_cast<const char*>(buffer_.data());
  for (std::size_t left = buffer_.size() * sizeof(std::uint64_t); left > 0;) {
    const auto written = write(file_, bytes, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse(file_in(folder_), std::string("cannot be written: ") + std::strerror(errno));
    bytes += written;
    left -= static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void CheckpointWriter::close() {
  flush();
  const auto path = file_in(folder_);
  if (fsync(file_) != 0 || ::close(file_) != 0) refuse(path, std::string("cannot be written: ") + std::strerror(errno));
  file_ = -1;
  std::error_code error;
  std::filesystem::rename(path + ".new", path, error);
  if (error) refuse(path, "cannot be written: " + error.message());
}

CheckpointReader::CheckpointReader(const std::string& folder, std::uint64_t what) {
  const auto path = file_in(folder);
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) refuse(path, "there is nothing to go on from: --checkpoint FOLDER saves it, once a run takes long enough");
  words_.resize(static_cast<std::size_t>(file.tellg()) / sizeof(std::uint64_t));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(words_.data()), static_cast<std::streamsize>(words_.size() * sizeof words_[0]));
  if (!file || words_.size() < 3 || words_[0] != checkpoint_format)
    refuse(path, "this is no checkpoint of this version");
  if (words_[1] != what) {
    refuse(path,
           "this is a checkpoint of another model, variant or mode, or with other reductions: begin anew with "
           "--checkpoint");
  }
  next_ = 2;
}

std::uint64_t CheckpointReader::take() {
  std::uint64_t word = 0;
  take(&word, 1);
  return word;
}

void CheckpointReader::take(std::uint64_t* words, std::size_t count) {
  if (count > words_.size() - next_) refuse("checkpoint", "it ends too soon: begin anew with --checkpoint");
  std::copy_n(words_.begin() + static_cast<std::ptrdiff_t>(next_), count, words);
  next_ += count;
}

bool is_checkpoint_of(const std::string& folder, std::uint64_t what) {
  std::ifstream file(file_in(folder), std::ios::binary);
  std::uint64_t words[2] = {};
  file.read(reinterpret_cast<char*>(words), sizeof words);
  return file && words[0] == checkpoint_format && words[1] == what;
}

void remove_checkpoint(const std::string& folder) {
  std::error_code error;
  std::filesystem::remove(file_in(folder), error);
  std::filesystem::remove(file_in(folder) + ".new", error);
}

}  // namespace gapless::explore
