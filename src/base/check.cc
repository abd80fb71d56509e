#include "base/check.h"

namespace gapless {

void check_failed(std::string_view belief, std::source_location where) {
  std::string text = "internal error: it should be true that ";
  text += belief;
  text += " (";
  text += where.file_name();
  text += ":" + std::to_string(where.line()) + ")";
  throw InternalError(text);
}

}  // namespace gapless
