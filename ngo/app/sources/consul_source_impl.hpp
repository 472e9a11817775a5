// Consul's store of keys and values as a source:
//
//   consul://127.0.0.1:8500/box-office/app.yaml?dc=eu      one key
//   consul://127.0.0.1:8500/box-office/                    all keys that begin so
//
// Changes are seen by blocking queries.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

[[nodiscard]] std::unique_ptr<config::DataSource> make_consul_source(const config::Address& address);

namespace consul {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The keys and values of an answer. Throws Error{internal} for what is none.
[[nodiscard]] Pairs read_pairs(std::string_view json);
// The index to wait behind with the next query: that of the answer; 0, which does not wait, where it went
// back or is none; at least 1 otherwise.
[[nodiscard]] std::uint64_t next_index(std::uint64_t present,
                                       std::optional<std::string_view> header) noexcept;

}  // namespace consul
}  // namespace ngo::app
