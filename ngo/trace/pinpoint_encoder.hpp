// Kept spans as Pinpoint's (its published IDL, package v1): a fragment is a PSpan, the calls within it are
// its span events; those that overlap are PSpanChunks of their own. The same ids go out in Pinpoint's
// headers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ngo/trace/pinpoint_metadata.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

// Appends PSpanMessages: chunks first, the span last. What they speak of by number gets one in `metadata`.
void encode_pinpoint(const Fragment& fragment, const Sender& sender, PinpointMetadata& metadata,
                     std::vector<std::string>& messages);

// PAgentInfo: who speaks, as the resource says. `address`: own IP address.
[[nodiscard]] std::string encode_pinpoint_agent(const Sender& sender, const Resource& resource,
                                                std::string_view address);

// What one moment's PAgentStat tells of the process.
struct PinpointStat {
  std::int64_t time = 0;      // milliseconds since 1970
  std::int64_t interval = 0;  // milliseconds since the one before
  double process_cpu = 0;     // of all processors together, 0 to 1
  double system_cpu = 0;
  std::int64_t memory = 0;        // bytes in use
  std::int64_t memory_limit = 0;  // that there are
  std::int64_t descriptors = 0;
  std::int64_t threads = 0;
};
// PStatMessage with a PAgentStatBatch.
[[nodiscard]] std::string encode_pinpoint_stats(std::span<const PinpointStat> stats);

}  // namespace ngo::trace
