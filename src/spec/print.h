// A transcript as isolationtester prints it, byte for byte.
#pragma once

#include <string>
#include <vector>

#include "spec/program.h"
#include "spec/transcript.h"
#include "sql/value.h"

namespace gapless::spec {

// As the server sends them where DateStyle is 'Postgres, MDY'.
std::vector<std::vector<std::string>> texts_of(const std::vector<sql::Tuple>& rows);

std::string heading(const Transcript& transcript);  // Parsed test spec with 2 sessions
std::string to_string(const Run& run, const Specification& specification);

}  // namespace gapless::spec
