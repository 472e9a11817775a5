#include "ngo/config/format.hpp"

#include <array>
#include <cstddef>

#include "ngo/base/text.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/readers_impl.hpp"
#include "ngo/config/yaml.hpp"

namespace ngo::config {
namespace {

struct Known {
  std::string_view name;
  Format format;
};

constexpr std::array<Known, 12> kKnown = {{{"yaml", Format::yaml},
                                           {"yml", Format::yaml},
                                           {"json", Format::json},
                                           {"toml", Format::toml},
                                           {"properties", Format::properties},
                                           {"props", Format::properties},
                                           {"prop", Format::properties},
                                           {"ini", Format::ini},
                                           {"env", Format::dotenv},
                                           {"dotenv", Format::dotenv},
                                           {"hcl", Format::hcl},
                                           {"tfvars", Format::hcl}}};

}  // namespace

std::optional<Format> format_of_name(std::string_view name) noexcept {
  for (const Known& known : kKnown) {
    if (equals_ignoring_case(known.name, name)) return known.format;
  }
  return std::nullopt;
}

Format format_of_path(std::string_view path) noexcept {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::size_t dot = file.rfind('.');
  if (dot == std::string_view::npos) return Format::yaml;
  return format_of_name(file.substr(dot + 1)).value_or(Format::yaml);
}

std::string_view name_of(Format format) noexcept {
  switch (format) {
    case Format::yaml: return "YAML";
    case Format::json: return "JSON";
    case Format::toml: return "TOML";
    case Format::properties: return "properties";
    case Format::ini: return "INI";
    case Format::dotenv: return "dotenv";
    case Format::hcl: return "HCL";
  }
  return {};
}

std::string format_names() {
  std::string out;
  for (const Known& known : kKnown) out.append(out.empty() ? "" : ", ").append(known.name);
  return out;
}

Node parse_text(Format format, std::string_view text, std::string source, Report& report) {
  if (format == Format::yaml) return parse_yaml(text, std::move(source), report);
  const SourceName name = source_name(std::move(source));
  Node root(Node::Kind::map, {name, 1, 1});
  if (!prepare_text(text, name, report)) return root;
  try {
    switch (format) {
      case Format::yaml: break;
      case Format::json: read_json(text, name, root, report); break;
      case Format::toml: read_toml(text, name, root, report); break;
      case Format::properties: read_properties(text, name, root, report); break;
      case Format::ini: read_ini(text, name, root, report); break;
      case Format::dotenv: read_dotenv(text, name, root, report); break;
      case Format::hcl: read_hcl(text, name, root, report); break;
    }
  } catch (const Stop&) {
    // The report says why.
  }
  return root;
}

void add_once(Node& map, std::string key, const Place& key_place, Node value, Report& report) {
  if (const Node::Entry* const first = map.find(key); first != nullptr && first->key == key) {
    report.error(key_place, std::move(key),
                 "the key is there twice; the first is in line " + std::to_string(first->key_place.line));
    return;
  }
  map.add(std::move(key), key_place, std::move(value));
}

}  // namespace ngo::config
