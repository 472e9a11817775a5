#include "ngo/trace/store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace ngo::trace {
namespace {

bool has_route(const SpanData& root, std::string_view route) {
  return root.name == route || text_of(root.attributes, "http.route") == route ||
         text_of(root.attributes, "http.server.request.url") == route;
}

bool has_status(const SpanData& root, std::string_view status) {
  if (status == "error") return root.status == SpanStatus::error;
  if (status == "ok") return root.status == SpanStatus::ok;
  if (status == "unset") return root.status == SpanStatus::unset;
  const AttributeValue* found = find(root.attributes, "http.response.status_code");
  if (found == nullptr) found = find(root.attributes, "http.server.response.status");
  if (found == nullptr) return false;
  const std::string text = to_text(*found);
  if (status.ends_with("xx")) return status.size() == 3 && text.size() == 3 && text[0] == status[0];
  return text == status;
}

bool has_attribute(const Fragment& fragment, std::string_view wanted) {
  const std::size_t equals = wanted.find('=');
  const std::string_view key = wanted.substr(0, equals);
  for (const SpanData& span : fragment.spans) {
    const AttributeValue* const found = find(span.attributes, key);
    if (found == nullptr) continue;
    if (equals == std::string_view::npos || to_text(*found) == wanted.substr(equals + 1)) return true;
  }
  return false;
}

}  // namespace

std::string to_text(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value)) {
    std::array<char, 32> out{};
    return {out.data(), std::to_chars(out.data(), out.data() + out.size(), *number).ptr};
  }
  std::string out;
  for (const std::string& each : std::get<std::vector<std::string>>(value)) {
    if (!out.empty()) out += ", ";
    out += each;
  }
  return out;
}

void Store::add(FragmentPtr fragment) {
  if (fragment->spans.empty() || fragment->bytes > most_bytes_) return;
  const bool merely_sampled =
      fragment->kept == Kept::sampled && fragment->spans.front().status != SpanStatus::error;
  std::vector<FragmentPtr> gone;  // freed outside of the lock
  const std::lock_guard lock(mutex_);
  if (merely_sampled && share_ != 0) {
    const std::uint32_t left = left_.load(std::memory_order_relaxed);
    if (left == 0) return;
    left_.store(left - 1, std::memory_order_relaxed);
  }
  bytes_ += fragment->bytes;
  fragments_.push_back(std::move(fragment));
  while (bytes_ > most_bytes_) {
    bytes_ -= fragments_.front()->bytes;
    gone.push_back(std::move(fragments_.front()));
    fragments_.pop_front();
  }
}

std::vector<FragmentPtr> Store::find(const Query& query) const {
  std::vector<FragmentPtr> out;
  const std::lock_guard lock(mutex_);
  for (auto at = fragments_.rbegin(); at != fragments_.rend() && out.size() < query.limit; ++at) {
    const SpanData& root = (*at)->spans.front();
    const std::int64_t took = root.end - root.start;
    if (took < query.min_duration || took > query.max_duration) continue;
    if (!query.route.empty() && !has_route(root, query.route)) continue;
    if (!query.status.empty() && !has_status(root, query.status)) continue;
    if (!query.attribute.empty() && !has_attribute(**at, query.attribute)) continue;
    out.push_back(*at);
  }
  return out;
}

std::vector<FragmentPtr> Store::find(const TraceId& trace) const {
  std::vector<FragmentPtr> out;
  const std::lock_guard lock(mutex_);
  for (const FragmentPtr& each : fragments_) {
    if (each->spans.front().trace == trace) out.push_back(each);
  }
  std::sort(out.begin(), out.end(), [](const FragmentPtr& a, const FragmentPtr& b) {
    return a->spans.front().start < b->spans.front().start;
  });
  return out;
}

Store::Size Store::size() const {
  const std::lock_guard lock(mutex_);
  return {fragments_.size(), bytes_, most_bytes_};
}

}  // namespace ngo::trace
