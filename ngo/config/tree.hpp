// The whole configuration of a program, put together from its sources, and who reads which section. Later
// sources win: the defaults that the program brings, files with their imports, profiles, other sources (a
// centre), environment variables, --set.
//
//   config::Report report;
//   config::Tree tree = config::Tree::load(command_line, {}, config::Environment::of_process(), report);
//   tree.bind("httpServer", server_options, report);
//   tree.report_unclaimed(report);
//   if (!report.empty()) ...
//
// Belongs to one thread: the one that starts the program.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/type.hpp"
#include "ngo/config/bind.hpp"
#include "ngo/config/command_line.hpp"
#include "ngo/config/data_source.hpp"
#include "ngo/config/environment.hpp"
#include "ngo/config/explain.hpp"
#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/schema.hpp"
#include "ngo/config/source_set.hpp"

namespace ngo::config {

class Tree {
 public:
  // Empty.
  Tree() : root_(Node::Kind::map, {}) {}

  // Reads all sources and puts them together. `defaults` is YAML, or empty. A file that was asked for must be
  // there; without -c and -d, app.yaml is read if it is there. Blocks while it reads: for the start of a
  // program, on a thread that runs no event loop.
  [[nodiscard]] static Tree load(const CommandLine& command_line, std::string_view defaults,
                                 const Environment& environment, Report& report,
                                 const DataSources& sources = DataSources::built_in());
  // The same with what these sources gave last: blocks for files only.
  [[nodiscard]] static Tree load(const CommandLine& command_line, std::string_view defaults,
                                 const Environment& environment, Report& report, const SourceSet& sources);

  // Where a change of files may change something: paths, also of what is not there, and patterns.
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return paths_; }

  // Those that were read and have nothing but blanks in them.
  [[nodiscard]] const std::vector<std::string>& blank_files() const noexcept { return blank_files_; }

  // The section of that name; null when there is none, or nothing in it.
  [[nodiscard]] Node* section(std::string_view name) noexcept;

  // All of it, as it was put together.
  [[nodiscard]] const Node& root() const noexcept { return root_; }

  // Says that the program reads this section.
  void claim(std::string_view name);
  // Every section that nobody claimed is a mistake, with its line and the nearest section that is read.
  void report_unclaimed(Report& report) const;

  // Claims a section and sets `out` from it; without the section its members keep their defaults, and those
  // that are required are mistakes. `without_effect` are keys that are known and do nothing yet: a warning.
  bool bind(std::string_view section, const Type& type, void* out, Report& report,
            std::span<const std::string_view> without_effect = {});
  template <class T>
  bool bind(std::string_view section, T& out, Report& report,
            std::span<const std::string_view> without_effect = {}) {
    return bind(section, type_of<T>(), &out, report, without_effect);
  }

  // The same for one element of a section that is a list (or one map): the one whose `name` this is, or
  // "default" for one without, and for one map in any case. When the section exists, an element of that name
  // must. Its key `name` need not be a member of the type.
  bool bind_named(std::string_view section, std::string_view name, const Type& type, void* out,
                  Report& report);
  // The names in such a section, in their order.
  [[nodiscard]] std::vector<std::string> names(std::string_view section);

  // Where the configuration came from, for the start-up summary: "app.yaml, 2 environment variables, 1
  // --set"; "none".
  [[nodiscard]] std::string sources() const;
  // The tree as YAML, beside each value its source and whether a change of it is live; secrets are masked.
  // bind() before finds more of both.
  [[nodiscard]] std::string dump() const;

  // Remembers that a part of the program binds a section by itself; bind() and bind_named() do so too.
  // `defaults` is the struct before anything is set in it.
  void note(std::string_view section, const Type& type, const void* defaults, bool listed);
  // Says that every value of this section takes effect while the program runs.
  void mark_live(std::string_view section);
  // What is read, in the order in which it was bound.
  [[nodiscard]] const std::vector<Section>& known() const noexcept { return known_; }
  // The same with what the program makes of each.
  [[nodiscard]] std::vector<Provenance> provenance() const { return provenance_of(root_, known_); }
  // Every value with where it came from and what it shadows, secrets masked.
  [[nodiscard]] std::vector<Origin> origins() const { return origins_of(root_); }
  // All about a key, or a section, in some lines; false in `found`: there is no such key, and the nearest is
  // named.
  [[nodiscard]] std::string explain(std::string_view key, bool& found) const;

 private:
  bool bind_missing(const std::string& path, std::string_view name, const Type& type, void* out,
                    Report& report);

  Node root_;
  std::vector<std::string> claimed_;
  std::vector<std::string> sources_;
  std::vector<std::string> paths_;
  std::vector<std::string> blank_files_;
  std::vector<Section> known_;
};

}  // namespace ngo::config
