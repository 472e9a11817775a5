// YAML text to a tree. One document; block and flow style, anchors, aliases and merge keys (<<); keys are
// texts. JSON is read as well, being almost a part of YAML. What is unsafe or ambiguous is refused with its
// place: duplicate keys, tags, tabs as indentation, a second document, aliases that multiply without end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

// Reads `text`; its places say `source`. Mistakes go to the report, and what was read until then is given
// back; an empty document is a map without entries.
[[nodiscard]] Node parse_yaml(std::string_view text, std::string source, Report& report);

// The same for a text of several documents, separated by "---": a tree for each, in their order.
[[nodiscard]] std::vector<Node> parse_yaml_documents(std::string_view text, std::string source,
                                                     Report& report);

}  // namespace ngo::config
