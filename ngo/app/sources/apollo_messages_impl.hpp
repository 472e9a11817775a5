// What Apollo's configuration service says and is told. Pure functions of bytes; those that read throw
// Error{internal} for what is no such message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/config/format.hpp"

namespace ngo::app::apollo {

// In the order of the server.
using Configurations = std::vector<std::pair<std::string, std::string>>;

// What was published last in a namespace: all of it, or, where the server knew which one we had, what has
// changed.
struct Release {
  std::string key;
  Configurations configurations;
  bool is_incremental = false;
  struct Change {
    std::string key;
    std::string value;
    bool deleted = false;
  };
  std::vector<Change> changes;
};

struct Notification {
  std::string namespace_name;
  std::int64_t id = -1;
  std::string messages;  // JSON, to be sent back with the read; empty: none
};

[[nodiscard]] Release read_release(std::string_view json);
[[nodiscard]] std::vector<Notification> read_notifications(std::string_view json);
// The URLs of the configuration services that a meta server knows, without the slash at their end.
[[nodiscard]] std::vector<std::string> read_services(std::string_view json);
// What a poll asks for: each namespace with the id of the last notification, -1 when there was none.
[[nodiscard]] std::string write_notifications(const std::vector<Notification>& known);

void apply(const Release& release, Configurations& to);

// The value of the header Authorization. `target`: path and query exactly as they are sent.
[[nodiscard]] std::string authorization(std::string_view app, std::string_view secret,
                                        std::string_view timestamp, std::string_view target);

// How a namespace is asked for: without ".properties".
[[nodiscard]] std::string_view wire_name(std::string_view namespace_name) noexcept;
// ".yaml", ".yml", ".json", ".xml", ".txt" in any case; empty for one of keys and values.
[[nodiscard]] std::string_view suffix_of(std::string_view namespace_name) noexcept;
// As the text of a .properties file.
[[nodiscard]] std::string to_properties(const Configurations& configurations);

}  // namespace ngo::app::apollo
