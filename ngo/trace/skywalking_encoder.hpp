// Kept spans as SkyWalking's segments (data-collect-protocol, skywalking.v3): a fragment is a segment, its
// spans are numbered in their order. The same numbers go out in `sw8`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

struct SkywalkingNames {
  std::string service;
  std::string instance;
};

// SegmentObject.
[[nodiscard]] std::string encode_segment(const Fragment& fragment, const SkywalkingNames& names);
// InstanceProperties: who speaks, as the resource says.
[[nodiscard]] std::string encode_instance_properties(const SkywalkingNames& names, const Resource& resource);
// InstancePingPkg.
[[nodiscard]] std::string encode_instance_ping(const SkywalkingNames& names);

}  // namespace ngo::trace
