// A file on its way to models. Internal to:
//
//   load.cc         declarations: names, databases, requests compiled, invariants bound
//   load_models.cc  a model of each variant and setting of faults
//   load_digest.cc  what a model's digest is made of
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "model/model.h"
#include "scenario/cast.h"
#include "scenario/compile.h"
#include "scenario/grammar.h"
#include "scenario/ledger.h"
#include "scenario/load.h"
#include "scenario/numbers.h"
#include "scenario/run.h"
#include "scenario/world.h"

namespace gapless::scenario {

// The variant of a file whose requests have none by name.
inline constexpr std::string_view only_variant = "default";

// A variant's requests may each be written in several ways; those of one name go together.
struct Group {
  std::string name;
  std::vector<std::size_t> variants;  // for each request of the file: which of its variants; unused if it is not used
};

class Loader {
 public:
  Loader(const Source& source, const Options& options)
      : source_(source), options_(options), file_(parse(source)), ledgers_(*source) {}

  std::vector<model::Model> run();

 private:
  void check_names() const;
  void check_counts() const;
  template <typename Things, typename NameOf>
  void check_once(const Things& things, const char* what, NameOf name_of) const;
  void read_isolation();
  std::optional<store::Isolation> own_level(const Request& request, const VariantText& variant) const;
  void read_requests();
  struct Setting;
  struct Written;
  Written write(const Request& request, const VariantText& variant, const World& world);
  const Setting& setting_of(const Group& group) const;
  const Written& written(const Group& group, std::size_t request) const;
  std::vector<const Sent*> sent_by(std::size_t request) const;
  void find_used();
  void check_ledgers() const;
  void read_properties(Setting& setting) const;
  model::Property read_property(const Invariant& invariant, const sql::Catalog& view) const;

  bool is_used(std::size_t request) const { return used_[request]; }
  std::vector<Group> groups() const;
  std::size_t variant_of(std::size_t request, const std::string& name) const;

  model::Model make(const Group& group, const model::Faults& faults) const;
  std::vector<const Code*> codes_of(const Group& group) const;
  std::vector<DatabaseStatement> statements_of(const Group& group) const;
  Part part_of(const Play& play, const Group& group) const;
  void add_actors(model::Model& model, const Group& group) const;
  void add_messages(model::Model& model, const Group& group) const;
  void add_places(model::Model& model, const Group& group) const;
  std::vector<bool> positive_arguments(const Group& group, std::size_t request) const;
  const std::vector<Claim>& describe(model::Model& model, const Group& group) const;
  void add_warnings(model::Model& model, const Group& group) const;
  void warn_early_effects(model::Model& model, const Compiled& compiled) const;
  void warn_unchecked(model::Model& model, const std::vector<Claim>& claims) const;
  std::uint64_t digest(const Group& group, const model::Faults& faults) const;
  void add_databases(Digest& digest) const;
  void add_surroundings(Digest& digest, const model::Faults& faults) const;
  void add_plays(Digest& digest) const;
  std::string text(sql::Range range) const;

  const Source& source_;
  const Options& options_;
  File file_;
  Ledgers ledgers_;
  store::Isolation file_level_ = store::Isolation::read_committed;
  store::Isolation level_ = store::Isolation::read_committed;  // where a request names none
  World world_;
  bool has_history_ = false;
  struct Written {
    Compiled compiled;
    std::shared_ptr<const Code> code;
  };
  // What variants are compiled over: the databases of the file, for most of them.
  struct Setting {
    World world;
    // A request's variants. Not those of another setting: their `code` is null.
    std::vector<std::vector<Written>> written;
    sql::Catalog view;
    std::vector<model::Property> properties;
  };
  Setting base_;
  std::map<std::string, Setting> own_;  // by name, of variants that have a `schema`
  std::vector<Play> plays_;
  std::vector<std::size_t> actors_;  // each actor's play
  std::vector<bool> used_;           // requests that are run, or sent by one that is
};

}  // namespace gapless::scenario
