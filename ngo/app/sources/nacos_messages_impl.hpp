// What is said to Nacos' configuration service. Pure functions of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::app::nacos {

// A configuration as the listener knows it.
struct Watched {
  std::string data_id;
  std::string group;
  std::string md5;     // of the content; empty: there is none
  std::string tenant;  // the namespace; empty: the public one
};

// What is listened to: fields with the character 2 between them, 1 behind each.
[[nodiscard]] std::string write_watched(const std::vector<Watched>& all);
// The names that an answer of the listener holds, percent-encoded, of which something has changed; alone, or
// as `data` of a JSON object, as version 2 has it.
[[nodiscard]] std::vector<std::string> read_changed(std::string_view body);
// The content in an answer of version 2: `data` of a JSON object. Throws Error{internal}.
[[nodiscard]] std::string read_data(std::string_view json);
// Of the answer to a login. Throws Error{internal}.
[[nodiscard]] std::string read_token(std::string_view json);

}  // namespace ngo::app::nacos
