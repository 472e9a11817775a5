// What both encodings of OTLP share.
#pragma once

#include <algorithm>
#include <string_view>

#include "ngo/metrics/otlp.hpp"

namespace ngo::metrics {

inline constexpr std::string_view kSchemaUrl = "https://opentelemetry.io/schemas/1.44.0";
inline constexpr std::string_view kScopeName = "ngo";

[[nodiscard]] std::string encode_protobuf(const Snapshot& snapshot, const Labels& resource,
                                          Temporality temporality);
[[nodiscard]] std::string encode_json(const Snapshot& snapshot, const Labels& resource,
                                      Temporality temporality);

// The part of an exponential histogram that has counts: [first, last).
struct Filled {
  std::size_t first = 0;
  std::size_t last = 0;
};
[[nodiscard]] inline Filled filled(const ExponentialData& data) {
  const auto counted = [](std::uint64_t count) { return count != 0; };
  const auto first = std::find_if(data.counts.begin(), data.counts.end(), counted);
  const auto last = std::find_if(data.counts.rbegin(), data.counts.rend(), counted).base();
  if (first == data.counts.end()) return {};
  return {static_cast<std::size_t>(first - data.counts.begin()),
          static_cast<std::size_t>(last - data.counts.begin())};
}

}  // namespace ngo::metrics
