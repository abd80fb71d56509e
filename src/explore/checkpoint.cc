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
  for (const auto word : buffer_) digest_.add(word);
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
  buffer_ = {digest_.value()};
  flush();
  const auto path = file_in(folder_);
  if (fsync(file_) != 0 || ::close(file_) != 0) refuse(path, std::string("cannot be written: ") + std::strerror(errno));
  file_ = -1;
  std::error_code error;
  std::filesystem::rename(path + ".new", path, error);
  if (error) refuse(path, "cannot be written: " + error.message());
}

CheckpointReader::CheckpointReader(const std::string& folder, std::uint64_t what)
    : path_(file_in(folder)), file_(path_, std::ios::binary | std::ios::ate) {
  if (!file_)
    refuse(path_, "there is nothing to go on from: --checkpoint FOLDER saves it, once a run takes long enough");
  words_ = static_cast<std::uint64_t>(file_.tellg()) / sizeof(std::uint64_t);
  file_.seekg(0);
  if (words_ < 3 || take() != checkpoint_format) refuse(path_, "this is no checkpoint of this version");
  if (take() != what) {
    refuse(path_,
           "this is a checkpoint of another model, variant or mode, or with other reductions: begin anew with "
           "--checkpoint");
  }
}

std::uint64_t CheckpointReader::take() {
  std::uint64_t word = 0;
  take(&word, 1);
  return word;
}

void CheckpointReader::require(std::uint64_t words) const {
  if (words > words_ - taken_) refuse(path_, "it ends too soon: begin anew with --checkpoint");
}

void CheckpointReader::take(std::uint64_t* words, std::size_t count) {
  require(count);
  file_.read(reinterpret_cast<char*>(words), static_cast<std::streamsize>(count * sizeof *words));
  if (!file_) refuse(path_, "it cannot be read: begin anew with --checkpoint");
  taken_ += count;
  for (std::size_t i = 0; i < count; ++i) digest_.add(words[i]);
}

void CheckpointReader::close() {
  const auto computed = digest_.value();
  if (take() != computed || taken_ != words_) refuse(path_, "it is not what was saved: begin anew with --checkpoint");
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
  // Layers on disk (spilled_layer.h) that a run was killed over.
  std::vector<std::filesystem::path> left;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    if (file.path().filename().string().starts_with("layer-")) left.push_back(file.path());
  }
  for (const auto& path : left) std::filesystem::remove(path, error);
}

}  // namespace gapless::explore
