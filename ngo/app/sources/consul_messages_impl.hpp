// What Consul's store of keys and values answers. Pure functions of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::app::consul {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The keys and values of an answer. Throws Error{internal} for what is none.
[[nodiscard]] Pairs read_pairs(std::string_view json);
// The index to wait behind with the next query: that of the answer; 0, which does not wait, where it went
// back or is none; at least 1 otherwise.
[[nodiscard]] std::uint64_t next_index(std::uint64_t present,
                                       std::optional<std::string_view> header) noexcept;

}  // namespace ngo::app::consul
