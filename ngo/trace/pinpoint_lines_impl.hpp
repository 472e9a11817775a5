// Pinpoint tells the calls of a request as one list: their order and depth are the tree, so what is on a list
// must be strictly nested. Work that overlaps goes onto a list of its own that names the call it began in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace::detail {

struct PinpointLine {
  struct Call {
    std::size_t span = 0;  // its number in the fragment
    std::int32_t depth = 1;
  };
  std::int32_t async_id = 0;  // 0: the first line, the request's own
  std::int32_t sequence = 0;  // among the lines of that id, from 1
  std::vector<Call> calls;
};

struct PinpointLines {
  std::vector<PinpointLine> lines;
  std::vector<std::int32_t> async_ids;  // of each span: the id of the lines that began in it; 0: none did
};

// The local root is the first call, besides being the request: work that began in it names a call, and the
// request is none. Depths end at `deepest`.
[[nodiscard]] PinpointLines pinpoint_lines(std::span<const SpanData> spans, std::int32_t deepest);

}  // namespace ngo::trace::detail
