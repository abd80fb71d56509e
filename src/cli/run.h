// The commands: words in, exit status out.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "cli/arguments.h"
#include "cli/engine.h"

namespace gapless::cli {

struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;    // of `out`
  bool progress = false;  // `err` is a terminal
};

// The whole program but for main's view of the outside world.
int run(std::span<const std::string> words, const Engine& engine, const Terminal& terminal);

// One file each.
int check(const CheckArguments& arguments, const Engine& engine, const Terminal& terminal);
int replay(const ReplayArguments& arguments, const Engine& engine, const Terminal& terminal);
int draw(const DrawArguments& arguments, const Engine& engine, const Terminal& terminal);
int list(const ListArguments& arguments, const Engine& engine, const Terminal& terminal);
int live(const LiveArguments& arguments, const Engine& engine, const Terminal& terminal);
int record(const RecordArguments& arguments, const Engine& engine, const Terminal& terminal);
int spec(const SpecArguments& arguments, const Terminal& terminal);
int export_schedule(const ExportArguments& arguments, const Engine& engine, const Terminal& terminal);
int format(const FormatArguments& arguments, const Terminal& terminal);
int create(const NewArguments& arguments, const Terminal& terminal);  // gapless new

}  // namespace gapless::cli
