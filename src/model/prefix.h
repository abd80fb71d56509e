// What most files of the layers from the model upwards include, compiled once (meson.build, `prefix`). As with
// base/prefix.h, no file may rely on it. Only what the layers above may all include, and what hardly changes without a
// change of theirs.

#include <chrono>
#include <mutex>

#include "base/hash_map.h"
#include "base/prefix.h"
#include "model/model.h"
#include "model/schedule.h"
#include "model/verdict.h"
#include "store/prefix.h"
