#include "ngo/config/tree.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/config/layers_impl.hpp"
#include "ngo/config/overrides.hpp"
#include "ngo/config/renamed_impl.hpp"
#include "ngo/config/yaml.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kDefaultName = "default";
constexpr std::string_view kName = "name";

std::string name_of(const Node& element) {
  const Node::Entry* const name = element.find(kName);
  return name != nullptr && name->value.is_scalar() ? name->value.text() : std::string(kDefaultName);
}

// The elements of a section that is a list, or the one map that it is.
std::vector<Node*> elements_of(Node& section) {
  std::vector<Node*> out;
  if (!section.is_list()) return {&section};
  for (Node& element : section.elements()) out.push_back(&element);
  return out;
}

}  // namespace

Tree Tree::load(const CommandLine& command_line, std::string_view defaults, const Environment& environment,
                Report& report, const DataSources& sources) {
  SourceSet set(command_line, sources, environment, report);
  if (!set.empty()) {
    EventLoop loop;
    loop.block_on(set.read(report));
    loop.block_on(set.close());
  }
  return load(command_line, defaults, environment, report, set);
}

Tree Tree::load(const CommandLine& command_line, std::string_view defaults, const Environment& environment,
                Report& report, const SourceSet& sources) {
  Tree tree;
  if (!trim(defaults).empty()) {
    tree.root_.merge(parse_yaml(defaults, "the program's defaults", report));
    tree.sources_.emplace_back("the program's defaults");
  }
  Layers layers = load_layers(command_line, environment, sources, report);
  for (Node* layer : {&layers.files, &layers.profiles, &layers.others}) tree.root_.merge(std::move(*layer));
  rename_keys(tree.root_, report);
  tree.sources_.insert(tree.sources_.end(), layers.names.begin(), layers.names.end());

  apply_environment(tree.root_, environment, report);
  std::size_t variables = 0;
  for (const auto& [name, value] : environment.variables()) {
    variables += name.starts_with("NGO_") && name.find("__") != std::string::npos ? 1 : 0;
  }
  if (variables != 0) {
    tree.sources_.push_back(std::to_string(variables) +
                            (variables == 1 ? " environment variable" : " environment variables"));
  }
  for (const std::string& setting : command_line.settings) apply_setting(tree.root_, setting, report);
  if (!command_line.settings.empty())
    tree.sources_.push_back(std::to_string(command_line.settings.size()) + " --set");

  substitute(tree.root_, environment, report, &layers.paths);
  if (const auto key = environment.get("NGO_CONFIG_KEY_FILE")) layers.paths.emplace_back(*key);
  tree.paths_ = std::move(layers.paths);
  tree.blank_files_ = std::move(layers.blank_files);
  return tree;
}

Node* Tree::section(std::string_view name) noexcept {
  Node::Entry* const entry = root_.find(name);
  return entry == nullptr || entry->value.is_null() ? nullptr : &entry->value;
}

void Tree::claim(std::string_view name) {
  for (const std::string& claimed : claimed_) {
    if (same_name(claimed, name)) return;
  }
  claimed_.emplace_back(name);
}

void Tree::report_unclaimed(Report& report) const {
  std::vector<std::string> known = claimed_;
  std::sort(known.begin(), known.end());
  for (const Node::Entry& entry : root_.entries()) {
    bool claimed = false;
    Nearest nearest(entry.key);
    for (const std::string& name : known) {
      claimed |= same_name(name, entry.key);
      nearest.offer(name);
    }
    if (claimed) continue;
    std::string message = "no part of this program reads this section; ";
    if (!nearest.best().empty())
      message.append("did you mean ").append(in_quotes(nearest.best())).append("? ");
    report.error(entry.key_place, entry.key, message + "sections: " + join(known, ", "));
  }
}

bool Tree::bind(std::string_view section, const Type& type, void* out, Report& report,
                std::span<const std::string_view> without_effect) {
  claim(section);
  note(section, type, out, false);
  const std::string path(section);
  if (Node* const node = this->section(section)) {
    return config::bind(type, out, *node, path, report,
                        {.without_effect = without_effect, .passed_over = {}});
  }
  return type.kind() != Kind::object || bind_missing(path, {}, type, out, report);
}

// A section that is not there: its defaults hold, unless a member must be set.
bool Tree::bind_missing(const std::string& path, std::string_view name, const Type& type, void* out,
                        Report& report) {
  Report missing;
  Node nothing(Node::Kind::map, {});
  if (config::bind(type, out, nothing, path, missing)) return true;
  std::string keys;
  for (const Finding& finding : missing.errors()) {
    const std::string key =
        finding.path.size() > path.size() ? finding.path.substr(path.size() + 1) : finding.path;
    keys.append(keys.empty() ? "" : ", ").append(key).append(": ...");
  }
  const bool listed = !name.empty();
  report.error(
      {}, path,
      "this section is missing; add to the configuration: " + path +
          (listed ? ": [ { name: " + std::string(name) + ", " + keys + " } ]" : ": { " + keys + " }"));
  return false;
}

bool Tree::bind_named(std::string_view section, std::string_view name, const Type& type, void* out,
                      Report& report) {
  claim(section);
  note(section, type, out, true);
  const std::string path(section);
  Node* const node = this->section(section);
  if (node == nullptr) return bind_missing(path, name, type, out, report);
  if (node->is_scalar()) {
    report.error(node->place(), path, "expected a list of maps, each with a name, or one map");
    return false;
  }
  Node* found = nullptr;
  std::string found_path;
  const std::vector<Node*> elements = elements_of(*node);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    // One map is the default one, whatever it calls itself: the original's httpClient has a name for others.
    const bool is_only = !node->is_list() && name == kDefaultName;
    if (!is_only && !same_name(name_of(*elements[i]), name)) continue;
    const std::string here = node->is_list() ? join_path(path, std::to_string(i)) : path;
    if (found != nullptr) {
      report.error(
          elements[i]->place(), here,
          "a second one is called " + in_quotes(name) + "; the first is in " + found->place().to_string());
      return false;
    }
    found = elements[i];
    found_path = here;
  }
  if (found == nullptr) {
    report.error(node->place(), path,
                 "none here is called " + in_quotes(name) + ", which the program uses; there are " +
                     list_or(names(section)));
    return false;
  }
  return config::bind(type, out, *found, found_path, report,
                      {.without_effect = {}, .passed_over = {&kName, 1}});
}

std::vector<std::string> Tree::names(std::string_view section) {
  std::vector<std::string> out;
  if (Node* const node = this->section(section)) {
    for (const Node* element : elements_of(*node)) out.push_back(name_of(*element));
  }
  return out;
}

void Tree::note(std::string_view section, const Type& type, const void* defaults, bool listed) {
  Section& known = known_.emplace_back();
  known.name = std::string(section);
  known.type = &type;
  known.listed = listed;
  try {
    std::string text;
    json::write(text, type, defaults);
    known.defaults = json::parse<JsonValue>(text);
  } catch (const Error&) {
    // A default that JSON has no way to write, such as text that is not UTF-8; it is then not told.
  }
}

void Tree::mark_live(std::string_view section) {
  for (Section& known : known_) known.live |= same_name(known.name, section);
}

std::string Tree::explain(std::string_view key, bool& found) const {
  return config::explain(key, root_, known_, found);
}

std::string Tree::sources() const { return sources_.empty() ? "none" : join(sources_, ", "); }

}  // namespace ngo::config
