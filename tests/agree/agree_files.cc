// By hand: the engines against each other. `agree_files FILE…` compares them on the models of files, as of what a
// random test has found; `agree_files --waits SEED COUNT FOLDER` on made-up ones (`--versions`, `--guards`, `--names`
// on others), and leaves those behind on which they differ. Prints where they do; exit status 1 then. `--thorough` in
// front: all combinations of reductions.
#include <rapidcheck.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "agree.h"
#include "base/source.h"
#include "random_scenario.h"
#include "scenario/load.h"

namespace {

using namespace gapless;

bool agree_on(const std::string& file, const std::string& text, agree::Thoroughness thoroughness) {
  bool all_agree = true;
  try {
    for (const auto& model : scenario::load(make_source(file, text), {})) {
      for (const auto& problem :
           {agree::disagreement(model, 2'000), agree::disagreement_of_reductions(model, thoroughness)}) {
        if (problem.empty()) continue;
        std::cout << file << ": " << agree::name_of(model) << ": " << problem << std::endl;
        all_agree = false;
      }
    }
  } catch (const std::exception& error) {
    std::cout << file << ": " << error.what() << std::endl;
    return false;
  }
  return all_agree;
}

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

// RapidCheck makes up, and never hears that something is wrong: so it goes on.
bool agree_on_made_up(const std::string& kind, const std::string& seed, const std::string& count,
                      const std::string& folder, agree::Thoroughness thoroughness) {
  setenv("RC_PARAMS", ("seed=" + seed + " max_success=" + count + " verbose_progress=0").c_str(), 1);
  bool all_agree = true;
  std::size_t number = 0;
  rc::check([&] {
    const std::string text = kind == "versions" ? agree::random_scenario_of_versions()
                             : kind == "names"  ? agree::random_scenario_of_names()
                             : kind == "guards" ? agree::random_scenario_of_guards()
                                                : agree::random_scenario_of_waits();
    const std::string file = folder + "/" + kind + "-" + seed + "-" + std::to_string(++number) + ".gap";
    if (agree_on(file, text, thoroughness)) return;
    all_agree = false;
    std::ofstream(file, std::ios::binary) << text;
  });
  const auto& kept = agree::kept();
  std::cout << kept.models << " models, " << kept.violated << " violated, " << agree::tally().models << " enumerated, "
            << agree::tally().with_waits << " of them wait in turns, states that search keeps " << kept.with_none
            << ", with all reductions " << kept.with_all << "; a census without names " << kept.told_apart
            << ", with them " << kept.with_names << '\n';
  return all_agree;
}

}  // namespace

int main(int count, char** given) {
  std::vector<std::string> arguments(given + 1, given + count);
  auto thoroughness = agree::Thoroughness::each;
  if (!arguments.empty() && arguments[0] == "--thorough") {
    thoroughness = agree::Thoroughness::all;
    arguments.erase(arguments.begin());
  }
  if (arguments.size() == 4 && (arguments[0] == "--waits" || arguments[0] == "--versions" ||
                                arguments[0] == "--names" || arguments[0] == "--guards")) {
    return agree_on_made_up(arguments[0].substr(2), arguments[1], arguments[2], arguments[3], thoroughness) ? 0 : 1;
  }
  bool all_agree = true;
  for (const auto& file : arguments) all_agree = agree_on(file, content_of(file), thoroughness) && all_agree;
  return all_agree ? 0 : 1;
}
