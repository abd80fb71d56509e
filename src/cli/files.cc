// Errors of the file system never throw from here but as ModelErrors with the path and the system's reason.
#include "cli/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

namespace gapless::cli {
namespace {

namespace fs = std::filesystem;

Diagnostic about(const std::string& path, std::string message) { return {path, 0, 0, std::move(message), ""}; }

std::vector<std::string> files_below(const std::string& folder, std::vector<Diagnostic>& errors) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == ".gap" && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().lexically_normal().generic_string());
    }
  }
  if (error) errors.push_back(about(folder, "cannot be searched: " + error.message()));
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> scenario_files(const std::vector<std::string>& paths, std::vector<Diagnostic>& errors) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& file) {
    if (std::ranges::find(files, file) == files.end()) files.push_back(file);
  };
  for (const auto& path : paths) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (fs::is_directory(status)) {
      for (const auto& file : files_below(path, errors)) add(file);
    } else if (fs::exists(status)) {
      add(path);
    } else {
      errors.push_back(about(path, "there is no such file or folder"));
    }
  }
  return files;
}

std::string read_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw ModelError(about(path, "is a folder, not a file"));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ModelError(about(path, std::string("cannot be opened: ") + std::strerror(errno)));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw ModelError(about(path, "cannot be read"));
  return text;
}

void write_file(const std::string& path, std::string_view content) {
  std::error_code error;
  const auto folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw ModelError(about(path, std::string("cannot be written: ") + std::strerror(errno)));
}

// Written beside it first: a disk that is full must not cost anybody his scenario. Behind a symbolic link the file that
// is meant.
void replace_file(const std::string& path, std::string_view content) {
  std::error_code error;
  const auto target = fs::canonical(path, error);
  if (error) throw ModelError(about(path, "cannot be written: " + error.message()));
  const auto beside = fs::path(target.string() + ".new");
  if (fs::exists(beside)) throw ModelError(about(path, beside.string() + " is in the way: is it still needed?"));
  write_file(beside.string(), content);
  fs::permissions(beside, fs::status(target).permissions(), error);
  if (!error) fs::rename(beside, target, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(beside, ignored);
  throw ModelError(about(path, "cannot be written: " + error.message()));
}

void create_file(const std::string& path, std::string_view content) {
  std::error_code error;
  const auto folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wx"), std::fclose);
  if (!file && errno == EEXIST) throw ModelError(about(path, "is there already, and is left as it is"));
  if (!file || std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() ||
      std::fflush(file.get()) != 0) {
    throw ModelError(about(path, std::string("cannot be written: ") + std::strerror(errno)));
  }
}

std::string file_word(std::string_view name) {
  std::string word(name);
  std::ranges::replace_if(
      word,
      [](char c) {
        const bool harmless =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        return !harmless;
      },
      '_');
  return word.empty() ? "_" : word;
}

}  // namespace gapless::cli
