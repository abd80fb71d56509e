// Whatever a command throws ends here: the user's mistake with 2, ours with 4.
#include "cli/run.h"

#include <exception>
#include <variant>

#include "cli/output.h"

namespace gapless::cli {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

int run_command(const Arguments& arguments, const Engine& engine, const Terminal& terminal) {
  return std::visit(Overloaded{
                        [&](const CheckArguments& command) { return check(command, engine, terminal); },
                        [&](const ReplayArguments& command) { return replay(command, engine, terminal); },
                        [&](const DrawArguments& command) { return draw(command, engine, terminal); },
                        [&](const ListArguments& command) { return list(command, engine, terminal); },
                        [&](const LiveArguments& command) { return live(command, engine, terminal); },
                        [&](const RecordArguments& command) { return record(command, engine, terminal); },
                        [&](const SpecArguments& command) { return spec(command, terminal); },
                        [&](const ExportArguments& command) { return export_schedule(command, engine, terminal); },
                        [&](const FormatArguments& command) { return format(command, terminal); },
                        [&](const NewArguments& command) { return create(command, terminal); },
                    },
                    arguments);
}

Format format_of(const Arguments& arguments) {
  const auto* command = std::get_if<CheckArguments>(&arguments);
  return command == nullptr ? Format::text : command->format;
}

int finish(const model::Report& report, Format format, const Terminal& terminal) {
  write_report(report, format, terminal);
  return exit_status(report);
}

}  // namespace

int run(std::span<const std::string> words, const Engine& engine, const Terminal& terminal) {
  const auto parsed = parse_arguments(words);
  if (const auto* help = std::get_if<Help>(&parsed)) {
    terminal.out << help->text;
    return 0;
  }
  model::Report failed;
  if (const auto* usage = std::get_if<UsageError>(&parsed)) {
    failed.errors.push_back({"gapless", 0, 0, usage->message, ""});
    return finish(failed, usage->format, terminal);
  }
  const auto& arguments = std::get<Arguments>(parsed);
  try {
    return run_command(arguments, engine, terminal);
  } catch (const ModelError& error) {
    failed.errors.push_back(error.diagnostic());
  } catch (const std::exception& error) {
    failed.internal_errors.emplace_back(error.what());
  }
  return finish(failed, format_of(arguments), terminal);
}

}  // namespace gapless::cli
