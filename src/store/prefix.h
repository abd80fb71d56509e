// What most files of the stores and of the actors include, compiled once (meson.build, `prefix`). As with
// base/prefix.h, no file may rely on it.

#include "base/check.h"
#include "base/digest.h"
#include "base/prefix.h"
#include "base/source.h"
#include "sql/bind.h"
#include "sql/statement.h"
#include "sql/value.h"
#include "store/operation.h"
