// A counterexample for people who trust only their own tools: as a test for PostgreSQL's isolationtester, or as a
// script to be typed into several psql.
#pragma once

#include <string>

#include "model/execution.h"
#include "model/model.h"

namespace gapless::spec {

// One session an actor, one permutation, and at the end what stands in the tables. Throws ModelError where the
// execution cannot be written so.
std::string to_isolationtester(const model::Model& model, const model::Execution& execution);

// Who types what and when, what they see, and who waits.
std::string to_script(const model::Model& model, const model::Execution& execution);

// Why the test does not show the execution when it runs: PostgreSQL does not let a statement that can go on be
// overtaken. Empty where it does show it.
std::string why_not_forced(const std::string& test, const model::Model& model, const model::Execution& execution);

}  // namespace gapless::spec
