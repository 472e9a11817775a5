#include <algorithm>
#include <map>
#include <numeric>

#include "ngo/trace/pinpoint_lines_impl.hpp"

namespace ngo::trace::detail {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

class Arrangement {
 public:
  Arrangement(std::span<const SpanData> spans, std::int32_t deepest)
      : spans_(spans), deepest_(deepest), line_of_(spans.size(), kNone) {
    out_.async_ids.resize(spans.size());
    for (std::size_t i = 0; i < spans.size(); ++i) numbers_.emplace(spans[i].span.value, i);
    open_line(0, 0);
    add(0, 0, 1);
  }

  PinpointLines arrange() {
    std::vector<std::size_t> order(spans_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin() + 1, order.end(), [&](std::size_t a, std::size_t b) {
      return spans_[a].start != spans_[b].start ? spans_[a].start < spans_[b].start : a < b;
    });
    for (auto each = order.begin() + 1; each != order.end(); ++each) place(*each);
    return std::move(out_);
  }

 private:
  void open_line(std::int32_t id, std::int32_t sequence) {
    PinpointLine& line = out_.lines.emplace_back();
    line.async_id = id;
    line.sequence = sequence;
    open_.emplace_back();
  }
  void add(std::size_t span, std::size_t line, std::int32_t depth) {
    depth = std::min(depth, deepest_);
    out_.lines[line].calls.push_back({span, depth});
    open_[line].push_back({span, depth});
    line_of_[span] = line;
  }
  void place(std::size_t span) {
    const auto found = numbers_.find(spans_[span].parent.value);
    // One whose parent was not recorded, or begins later by its clock, is the request's own.
    const std::size_t parent =
        found == numbers_.end() || line_of_[found->second] == kNone ? 0 : found->second;
    const std::size_t line = line_of_[parent];
    const std::int64_t start = spans_[span].start;
    std::vector<PinpointLine::Call>& open = open_[line];
    while (open.size() > 1 && open.back().span != parent && spans_[open.back().span].end <= start)
      open.pop_back();
    if (open.back().span == parent) return add(span, line, open.back().depth + 1);
    // It overlaps: onto a list that began in its parent, a new one if something runs on all of them.
    for (const std::size_t other : begun_in_[parent]) {
      const auto& calls = out_.lines[other].calls;
      const bool is_free = std::all_of(calls.begin(), calls.end(),
                                       [&](const auto& call) { return spans_[call.span].end <= start; });
      if (!is_free) continue;
      open_[other].clear();
      return add(span, other, 1);
    }
    std::int32_t& id = out_.async_ids[parent];
    if (id == 0) id = ++last_id_;
    begun_in_[parent].push_back(out_.lines.size());
    open_line(id, static_cast<std::int32_t>(begun_in_[parent].size()));
    add(span, out_.lines.size() - 1, 1);
  }

  std::span<const SpanData> spans_;
  std::int32_t deepest_;
  std::map<std::uint64_t, std::size_t> numbers_;       // of the spans, by their ids
  std::vector<std::size_t> line_of_;                   // of each span; kNone: not placed yet
  std::vector<std::vector<PinpointLine::Call>> open_;  // of each line: the last call and what it is within
  std::map<std::size_t, std::vector<std::size_t>> begun_in_;  // lists, by the call
  std::int32_t last_id_ = 0;
  PinpointLines out_;
};

}  // namespace

PinpointLines pinpoint_lines(std::span<const SpanData> spans, std::int32_t deepest) {
  return Arrangement(spans, deepest).arrange();
}

}  // namespace ngo::trace::detail
