// Kept spans as OTLP says them (opentelemetry-proto, ExportTraceServiceRequest), and what a collector
// answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

enum class OtlpFormat : std::uint8_t { protobuf, json };

// One request with all spans of the batch.
[[nodiscard]] std::string encode_otlp(std::span<const FragmentPtr> batch, const Resource& resource,
                                      OtlpFormat format);

// ExportTraceServiceResponse.partial_success.
struct OtlpAnswer {
  std::uint64_t rejected = 0;
  std::string message;
};
// Nothing for bytes that are no such answer.
[[nodiscard]] std::optional<OtlpAnswer> read_otlp_answer(std::string_view body, OtlpFormat format);
// The message of a google.rpc.Status, which comes with a refusal; empty when there is none.
[[nodiscard]] std::string read_otlp_refusal(std::string_view body, OtlpFormat format);

}  // namespace ngo::trace
