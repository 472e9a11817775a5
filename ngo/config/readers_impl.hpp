// The readers of single formats. Each gets a text without byte order mark, of valid UTF-8 and without control
// characters, gives back a map, and throws Stop after it has reported a mistake that it cannot read past.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

using SourceName = std::shared_ptr<const std::string>;

void read_json(std::string_view text, const SourceName& source, Node& root, Report& report);
void read_toml(std::string_view text, const SourceName& source, Node& root, Report& report);
void read_properties(std::string_view text, const SourceName& source, Node& root, Report& report);
void read_ini(std::string_view text, const SourceName& source, Node& root, Report& report);
void read_dotenv(std::string_view text, const SourceName& source, Node& root, Report& report);
void read_hcl(std::string_view text, const SourceName& source, Node& root, Report& report);

// Adds an entry; a key that is there already is a mistake and left out.
void add_once(Node& map, std::string key, const Place& key_place, Node value, Report& report);

}  // namespace ngo::config
