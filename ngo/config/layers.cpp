#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/config/layers_impl.hpp"
#include "ngo/config/overrides.hpp"
#include "ngo/config/paths_impl.hpp"
#include "ngo/config/yaml.hpp"

namespace ngo::config {
namespace {

constexpr std::size_t kMostSteps = 64;  // of a key of a document
constexpr std::string_view kDefaultFile = "app.yaml";
constexpr std::string_view kImports = "configImports";
constexpr std::string_view kProfile = "profile";
constexpr std::size_t kLargestFile = 16 * 1024 * 1024;

bool is_file_there(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0;
}

std::optional<std::string> read_file(const std::string& path, const Place& asked_by, Report& report) {
  const Place place = asked_by.source == nullptr ? Place{source_name(path), 0, 0} : asked_by;
  const std::string which = asked_by.source == nullptr ? "the file" : in_quotes(path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char block[16 * 1024];
  while (file.read(block, sizeof(block)) || file.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(file.gcount()));
    if (text.size() <= kLargestFile) continue;
    report.error(place, {}, which + " is larger than 16 MiB");
    return std::nullopt;
  }
  if (file.is_open() && !file.bad()) return text;
  report.error(place, {},
               "cannot read " + which + ": " + (errno == 0 ? "input/output error" : std::strerror(errno)));
  return std::nullopt;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (!trim(text.substr(0, comma)).empty()) out.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

void remove_entry(Node& map, const Node::Entry* entry) {
  map.entries().erase(map.entries().begin() + (entry - map.entries().data()));
}

void hide(Node& node) {
  node.mark_secret();
  for (Node& element : node.elements()) hide(element);
  for (Node::Entry& entry : node.entries()) hide(entry.value);
}

class Loader {
 public:
  Loader(const CommandLine& command_line, const Environment& environment, const SourceSet& sources,
         Report& report)
      : command_line_(command_line), environment_(environment), sources_(sources), report_(report) {
    std::string names = command_line.profiles;
    if (const auto variable = environment.get("NGO_PROFILE"); names.empty() && variable) names = *variable;
    profiles_ = split_names(names);
  }

  Layers load() {
    if (command_line_.files.empty()) {
      const std::string path = in_directory(std::string(kDefaultFile));
      out_.paths.push_back(path);
      if (!command_line_.directory.empty() || is_file_there(path)) main_file(path, std::nullopt);
    }
    for (const std::string& each : command_line_.files) {
      const bool optional = each.starts_with(kOptional);
      const Address address = parse_address(optional ? each.substr(kOptional.size()) : each);
      if (address.scheme != "file") {
        for (const Document& document : sources_.documents(each)) add(document);
        out_.names.push_back(address.scheme + "://" + address.host + address.path);
        continue;
      }
      const std::string_view name = address.parameter("format");
      const std::optional<Format> format = format_of_name(name);
      const std::string path = in_directory(address.path);
      if (!name.empty() && !format) {
        report_.error({source_name("-c " + each), 0, 0}, {},
                      "no format is called " + in_quotes(name) + "; expected one of " + format_names());
      } else if (!optional || is_file_there(path)) {
        main_file(path, format);
      } else {
        out_.paths.push_back(path);
      }
    }
    for (const std::string& profile : profiles_) {
      if (contains(known_profiles_, profile)) continue;
      report_.error({source_name("profile " + profile), 0, 0}, {},
                    "nothing belongs to this profile: no document says \"profile: " + profile +
                        "\", and no file is called " + wanted_file(profile));
    }
    return std::move(out_);
  }

 private:
  static bool contains(const std::vector<std::string>& names, std::string_view name) {
    for (const std::string& each : names) {
      if (each == name) return true;
    }
    return false;
  }

  [[nodiscard]] std::string in_directory(std::string path) const {
    if (command_line_.directory.empty() || path.starts_with('/')) return path;
    return command_line_.directory + (command_line_.directory.ends_with('/') ? "" : "/") + path;
  }

  [[nodiscard]] std::string wanted_file(const std::string& profile) const {
    return profile_file(main_.empty() ? std::string(kDefaultFile) : main_, profile);
  }

  // conf/app.yaml and test: conf/app-test.yaml
  static std::string profile_file(const std::string& path, const std::string& profile) {
    const std::size_t slash = path.rfind('/');
    const std::size_t dot = path.rfind('.');
    const bool has_suffix = dot != std::string::npos && (slash == std::string::npos || dot > slash);
    const std::size_t end = has_suffix ? dot : path.size();
    return path.substr(0, end) + "-" + profile + path.substr(end);
  }

  void main_file(const std::string& path, std::optional<Format> format) {
    main_ = path;
    out_.paths.push_back(path);
    file(path, format, {}, out_.files);
    for (const std::string& profile : profiles_) {
      const std::string beside = profile_file(path, profile);
      out_.paths.push_back(beside);
      if (!is_file_there(beside)) continue;
      known_profiles_.push_back(profile);
      file(beside, format, {}, out_.profiles);
    }
  }

  // Merges a file and what it imports into `into`; its profiles' documents go to theirs.
  void file(const std::string& path, std::optional<Format> asked, const Place& asked_by, Node& into) {
    const std::optional<std::string> text = read_file(path, asked_by, report_);
    if (!text) return;
    const Format format = asked.value_or(format_of_path(path));
    out_.names.push_back(path);
    out_.paths.push_back(path);
    if (trim(*text).empty()) out_.blank_files.push_back(path);
    open_.push_back(path);
    std::vector<Node> documents;
    if (format == Format::yaml) {
      documents = parse_yaml_documents(*text, path, report_);
    } else {
      documents.push_back(parse_text(format, *text, path, report_));
    }
    for (std::size_t i = 0; i < documents.size(); ++i) {
      Node& document = documents[i];
      Node* const target = target_of(document, i == 0, into);
      if (target == nullptr) continue;
      Node imports;
      if (const Node::Entry* const entry = document.find(kImports)) {
        imports = entry->value;
        remove_entry(document, entry);
      }
      target->merge(std::move(document));
      import(std::move(imports), path, *target);
    }
    open_.pop_back();
  }

  // Where a document goes, by its `profile`; null: nowhere now.
  Node* target_of(Node& document, bool first, Node& into) {
    const Node::Entry* const entry = document.find(kProfile);
    if (entry == nullptr || entry->value.is_map()) {
      if (first) return &into;
      report_.error(
          document.place(), {},
          "this document, behind a \"---\", says nothing of when it applies: begin it with \"profile: "
          "NAME\", or merge it into the first");
      return nullptr;
    }
    std::vector<std::string> names;
    if (entry->value.is_scalar()) names = split_names(entry->value.text());
    for (const Node& each : entry->value.elements()) names.push_back(each.text());
    remove_entry(document, entry);
    bool applies = false;
    for (const std::string& name : names) {
      if (!contains(profiles_, name)) continue;
      known_profiles_.push_back(name);
      applies = true;
    }
    return applies ? &out_.profiles : nullptr;
  }

  void import(Node imports, const std::string& from, Node& into) {
    substitute(imports, environment_, report_, &out_.paths);
    if (imports.is_scalar()) {
      Node list(Node::Kind::list, imports.place());
      list.elements().push_back(std::move(imports));
      imports = std::move(list);
    }
    if (imports.is_map())
      report_.error(imports.place(), std::string(kImports),
                    "expected a list of files, such as [ \"conf.d/*.yaml\" ]");
    const std::size_t slash = from.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : from.substr(0, slash + 1);
    for (const Node& each : imports.elements()) {
      if (!each.is_scalar() || each.text().empty()) {
        report_.error(each.place(), std::string(kImports), "expected the name of a file");
        continue;
      }
      std::string_view name = each.text();
      const bool optional = name.starts_with(kOptional);
      if (optional) name.remove_prefix(kOptional.size());
      const std::string pattern = (name.starts_with('/') ? "" : folder) + std::string(name);
      out_.paths.push_back(pattern);
      const std::vector<std::string> paths =
          is_pattern(pattern) ? matches_of(pattern) : std::vector<std::string>{pattern};
      for (const std::string& path : paths) {
        const bool itself =
            path == from && path != pattern;  // a pattern may well match the file that it is in
        if (!itself) import_file(path, optional, each.place(), into);
      }
    }
  }

  void import_file(const std::string& path, bool optional, const Place& place, Node& into) {
    if (contains(open_, path)) {
      std::string circle;
      for (const std::string& each : open_) {
        if (circle.empty() && each != path) continue;
        circle.append(each).append(" -> ");
      }
      report_.error(place, std::string(kImports),
                    "the files import each other in a circle: " + circle + path);
      return;
    }
    if (optional && !is_file_there(path)) return;
    file(path, std::nullopt, place, into);
  }

  void add(const Document& document) {
    if (document.key.empty()) {
      Node tree = parse_text(document.format, document.text, document.source, report_);
      if (document.secret) hide(tree);
      out_.others.merge(std::move(tree));
      return;
    }
    Node value(document.text, false, {source_name(document.source), 0, 0});
    if (document.secret) value.mark_secret();
    std::vector<std::string> steps;
    std::string_view rest = document.key;
    while (true) {
      const std::size_t dot = rest.find('.');
      steps.emplace_back(rest.substr(0, dot));
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    if (steps.size() > kMostSteps) {
      report_.error({source_name(document.source), 0, 0}, {},
                    "a key has " + std::to_string(steps.size()) + " parts; expected " +
                        std::to_string(kMostSteps) + " at most");
      return;
    }
    set_value(out_.others, steps, std::move(value), report_);
  }

  const CommandLine& command_line_;
  const Environment& environment_;
  const SourceSet& sources_;
  Report& report_;
  Layers out_;
  std::string main_;
  std::vector<std::string> profiles_;
  std::vector<std::string> known_profiles_;  // those that something belongs to
  std::vector<std::string> open_;            // the files that are being read, the outermost first
};

}  // namespace

Layers load_layers(const CommandLine& command_line, const Environment& environment, const SourceSet& sources,
                   Report& report) {
  return Loader(command_line, environment, sources, report).load();
}

}  // namespace ngo::config
