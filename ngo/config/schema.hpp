// JSON Schema (2020-12) of a configuration, from the structs that read it: editors complete app.yaml with it
// and mark what is wrong while it is typed. Every value may also be a text with ${...} in it.
#pragma once

#include <span>
#include <string>

#include "ngo/base/type.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::config {

// A section that a program reads.
struct Section {
  std::string name;
  const Type* type = nullptr;
  JsonValue defaults;   // the struct as it was before anything was set in it
  bool listed = false;  // a list of such structs, each with a `name`; one map stands for a list of one
  bool live = false;    // every value in it takes effect while the program runs
};

// The whole document, indented. `title` is the program's name.
[[nodiscard]] std::string json_schema(std::span<const Section> sections, const std::string& title);

}  // namespace ngo::config
