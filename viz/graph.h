// The door to Graphviz itself: a placed page in, a picture out.
#pragma once

#include <string>

#include "viz/layout.h"

namespace gapless::viz {

std::string paint(const Page& page, Format format);

}  // namespace gapless::viz
