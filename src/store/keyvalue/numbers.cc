// After string2ll, string2d, string2ld, addReplyDouble and ld2string of Redis 7.0.
#include "store/keyvalue/numbers.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace gapless::store::keyvalue {
namespace {

// `read` is strtod or strtold; the C locale's, since nobody sets another.
template <typename Float>
std::optional<Float> read_float(const std::string& text, Float (*read)(const char*, char**)) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0])) != 0) return std::nullopt;
  errno = 0;
  char* end = nullptr;
  Float value = read(text.c_str(), &end);
  if (end != text.c_str() + text.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::int64_t> read_integer(const std::string& text) {
  std::size_t digits = text.starts_with('-') ? 1 : 0;
  if (text.size() == digits || (text[digits] == '0' && text != "0")) return std::nullopt;
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> read_double(const std::string& text) { return read_float<double>(text, std::strtod); }

std::optional<long double> read_long_double(const std::string& text) {
  return read_float<long double>(text, std::strtold);
}

std::string print_score(double score) {
  if (std::isinf(score)) return score > 0 ? "inf" : "-inf";
  char buffer[64];
  int size = std::snprintf(buffer, sizeof buffer, "%.17g", score);
  return {buffer, static_cast<std::size_t>(size)};
}

std::string print_float(long double number) {
  std::vector<char> buffer(5 * 1024);
  int size = std::snprintf(buffer.data(), buffer.size(), "%.17Lf", number);
  std::string text(buffer.data(), static_cast<std::size_t>(size));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace gapless::store::keyvalue
