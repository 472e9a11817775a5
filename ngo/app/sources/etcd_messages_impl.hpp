// What is said to etcd v3 through its JSON gateway: keys and values in Base64, 64-bit numbers as texts. Pure
// functions of bytes; those that read throw Error{internal} for what is no such message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::app::etcd {

struct Pair {
  std::string key;
  std::string value;
};

// Keys as of one revision of the store, in their order.
struct Range {
  std::int64_t revision = 0;
  std::vector<Pair> pairs;
};

// One line of a watch.
struct News {
  bool created = false;
  bool changed = false;        // there are events
  bool ended = false;          // by the server
  std::int64_t compacted = 0;  // not 0: ended, since what came before this revision is forgotten
  std::string why;             // it ended
};

// The first key behind all that begin with `prefix`; "\0", that is all, when there is none.
[[nodiscard]] std::string end_of_prefix(std::string prefix);

// An empty `end`: the key alone.
[[nodiscard]] std::string range_request(std::string_view key, std::string_view end);
// Everything from that revision on. The server ends it when it loses its cluster.
[[nodiscard]] std::string watch_request(std::string_view key, std::string_view end, std::int64_t revision);
[[nodiscard]] std::string login_request(std::string_view user, std::string_view password);

[[nodiscard]] Range read_range(std::string_view json);
[[nodiscard]] News read_news(std::string_view line);
[[nodiscard]] std::string read_token(std::string_view json);
// What a failed call's body says; empty when it is none of etcd's.
[[nodiscard]] std::string read_failure(std::string_view json);
// Whether a new token may help.
[[nodiscard]] bool is_about_token(std::string_view failure) noexcept;

}  // namespace ngo::app::etcd
