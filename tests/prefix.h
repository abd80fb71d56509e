// What most test files include, compiled once (meson.build, `prefix`). As with base/prefix.h, no file may rely on it.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "model/builder.h"
#include "model/prefix.h"
