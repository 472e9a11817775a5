// The formats that a configuration may be written in. Each becomes the same tree, whose nodes know their line
// and column:
//
//   YAML        see yaml.hpp
//   JSON        RFC 8259, without duplicate keys
//   TOML        1.0
//   properties  of Java: a.b=1 is a key in a map, a[0].b=1 one in a list; the order of lines does not matter
//   INI         [a.b] opens the map b of a; "a.b = 1" as in properties
//   dotenv      HTTPSERVER__PORT=1, "__" or "." between levels, with or without NGO_ before it and "export "
//   HCL         attributes, blocks, lists and maps; no expressions. A block's label becomes its key `name`,
//   and
//               blocks of one kind become a list
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

enum class Format : std::uint8_t { yaml, json, toml, properties, ini, dotenv, hcl };

// The format of that name or suffix: yaml, yml, json, toml, properties, props, prop, ini, env, dotenv, hcl,
// tfvars; in any case.
[[nodiscard]] std::optional<Format> format_of_name(std::string_view name) noexcept;
// By what stands behind the last dot of the file's name; a file whose suffix says nothing is YAML.
[[nodiscard]] Format format_of_path(std::string_view path) noexcept;
// "YAML", for messages.
[[nodiscard]] std::string_view name_of(Format format) noexcept;
// "yaml, json, ...", for messages.
[[nodiscard]] std::string format_names();

// Reads `text`; its places say `source`. Mistakes go to the report, and what was read until then is given
// back. Always a map.
[[nodiscard]] Node parse_text(Format format, std::string_view text, std::string source, Report& report);

}  // namespace ngo::config
