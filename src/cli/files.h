// Files and folders, with the user's mistakes as located messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace gapless::cli {

// Files stay as they are; a folder stands for all *.gap files below it, sorted by path. Each file once, in order of
// first mention. What cannot be found becomes an error.
std::vector<std::string> scenario_files(const std::vector<std::string>& paths, std::vector<Diagnostic>& errors);

// Throws ModelError where it cannot be read.
std::string read_file(const std::string& path);

// Makes the folders on the way. Throws ModelError where it cannot be written.
void write_file(const std::string& path, std::string_view content);

// The file has this content or, where something fails, still its own. Throws ModelError where it cannot be written.
void replace_file(const std::string& path, std::string_view content);

// Makes the file, and the folders on the way; one that is there already is left as it is. Throws ModelError then, and
// where it cannot be written.
void create_file(const std::string& path, std::string_view content);

// A name that is safe as a part of a file's name: anything but letters, digits, - and _ becomes _.
std::string file_word(std::string_view name);

}  // namespace gapless::cli
