// A snapshot as OpenTelemetry's collectors take it: an ExportMetricsServiceRequest of OTLP 1.x.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ngo/metrics/snapshot.hpp"

namespace ngo::metrics {

enum class OtlpEncoding : std::uint8_t { protobuf, json };
// The numbers are OTLP's. `delta`: the snapshot is a difference().
enum class Temporality : std::uint8_t { delta = 1, cumulative = 2 };

// `resource`: who speaks. Empty when the snapshot has no points: such a request is not to be sent.
[[nodiscard]] std::string encode_otlp(const Snapshot& snapshot, const Labels& resource,
                                      OtlpEncoding encoding = OtlpEncoding::protobuf,
                                      Temporality temporality = Temporality::cumulative);
// "application/x-protobuf", "application/json".
[[nodiscard]] std::string_view content_type(OtlpEncoding encoding) noexcept;

// What a collector says of a request that it has taken: how many points it refused all the same. Garbage says
// nothing.
struct OtlpAnswer {
  std::int64_t rejected = 0;
  std::string message;
};
[[nodiscard]] OtlpAnswer read_otlp_answer(std::string_view body, OtlpEncoding encoding);

}  // namespace ngo::metrics
