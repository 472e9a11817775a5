// What the forms have in common, and their order.
#include <algorithm>
#include <charconv>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace {
namespace {

struct Name {
  std::string_view text;
  Format format;
};
constexpr Name kNames[] = {
    {"tracecontext", Format::tracecontext}, {"baggage", Format::baggage}, {"b3", Format::b3},
    {"b3multi", Format::b3multi},           {"optimus", Format::optimus}, {"jaeger", Format::jaeger},
    {"skywalking", Format::skywalking},     {"sw8", Format::skywalking},  {"pinpoint", Format::pinpoint},
};

bool extract_one(Format format, const Carrier& carrier, Remote& remote, Origin& origin) {
  switch (format) {
    case Format::tracecontext: return detail::extract_tracecontext(carrier, remote, origin);
    case Format::b3:
      return detail::extract_b3_single(carrier, remote) || detail::extract_b3_multi(carrier, remote);
    case Format::b3multi:
      return detail::extract_b3_multi(carrier, remote) || detail::extract_b3_single(carrier, remote);
    case Format::optimus: return detail::extract_optimus(carrier, remote, origin);
    case Format::jaeger: return detail::extract_jaeger(carrier, remote, origin);
    case Format::skywalking: return detail::extract_skywalking(carrier, remote, origin);
    case Format::pinpoint: return detail::extract_pinpoint(carrier, remote, origin);
    case Format::baggage: break;
  }
  return false;
}

}  // namespace

std::string_view to_string(Format format) noexcept {
  for (const Name& each : kNames) {
    if (each.format == format) return each.text;
  }
  return "";
}

Propagators Propagators::parse(const std::vector<std::string>& names) {
  std::vector<Format> formats;
  if (names.size() == 1 && names.front() == "none") return Propagators(std::move(formats));
  for (const std::string& name : names) {
    const auto* const found = std::find_if(std::begin(kNames), std::end(kNames),
                                           [&](const Name& each) { return each.text == name; });
    if (found == std::end(kNames)) {
      throw Error(
          Code::invalid_argument,
          "there is no propagator " + in_quotes(name) +
              "; there are tracecontext, baggage, b3, b3multi, jaeger, optimus, skywalking, pinpoint, "
              "and none alone");
    }
    if (std::find(formats.begin(), formats.end(), found->format) == formats.end())
      formats.push_back(found->format);
  }
  return Propagators(std::move(formats));
}

bool Propagators::has(Format format) const noexcept {
  return std::find(formats_.begin(), formats_.end(), format) != formats_.end();
}

bool Propagators::extract(const Carrier& carrier, Remote& remote, Origin& origin) const {
  bool found = false;
  for (const Format format : formats_) {
    if (format == Format::baggage) {
      found = detail::extract_baggage(carrier, origin) || found;
      continue;
    }
    if (remote.identity.valid()) continue;
    Remote here;
    if (!extract_one(format, carrier, here, origin)) continue;
    found = true;
    if (here.identity.valid() || remote.decision == Remote::Decision::none) remote = here;
  }
  return found;
}

bool Propagators::takes_baggage(std::string_view target) const noexcept {
  std::string_view host = target;
  const bool ipv6 = host.starts_with('[');
  if (const std::size_t end = host.find(ipv6 ? ']' : ':'); end != std::string_view::npos)
    host = host.substr(ipv6 ? 1 : 0, ipv6 ? end - 1 : end);
  if (ipv6) return host == "::1" || host.starts_with("fd") || host.starts_with("fe80:");
  if (host.find('.') == std::string_view::npos) return true;
  for (const std::string_view begin : {"127.", "10.", "192.168."}) {
    if (host.starts_with(begin) && host.find_first_not_of("0123456789.") == std::string_view::npos)
      return true;
  }
  for (const std::string_view end : {".internal", ".local", ".svc", ".localhost"}) {
    if (host.ends_with(end)) return true;
  }
  for (const std::string& end : baggage_hosts_) {
    if (end == "*" || host.ends_with(end)) return true;
  }
  return false;
}

void Propagators::inject(const TraceScope& scope, std::string_view target, FieldWriter write) const {
  if (!scope.identity.valid()) return;
  const bool baggage = takes_baggage(target);
  for (const Format format : formats_) {
    switch (format) {
      case Format::tracecontext: detail::inject_tracecontext(scope, write); break;
      case Format::baggage:
        if (baggage) detail::inject_baggage(scope, write);
        break;
      case Format::b3: detail::inject_b3_single(scope, write); break;
      case Format::b3multi:
        if (!has(Format::optimus)) detail::inject_b3_multi(scope, write);
        break;
      case Format::optimus: detail::inject_optimus(scope, baggage, write); break;
      case Format::jaeger: detail::inject_jaeger(scope, baggage, write); break;
      case Format::skywalking: detail::inject_skywalking(scope, sender_, target, baggage, write); break;
      case Format::pinpoint: detail::inject_pinpoint(scope, sender_, target, write); break;
    }
  }
}

TraceId trace_of_text(std::string_view text) noexcept {
  if (const auto id = TraceId::parse(text)) return *id;
  TraceId id;
  id.high = detail::hash_text(text);
  id.low = detail::hash_text(text, 0x9ae16a3b2f90404f);
  if (!id.valid()) id.low = 1;
  return id;
}

namespace detail {

// FNV-1a, its last step mixed so that all bits count (a sampler looks at the highest).
std::uint64_t hash_text(std::string_view text, std::uint64_t basis) noexcept {
  std::uint64_t hash = basis;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  hash ^= hash >> 32U;
  hash *= 0x9e3779b97f4a7c15U;
  return hash ^ hash >> 29U;
}

bool read_loose_hex(std::string_view digits, std::size_t longest, std::uint64_t& high,
                    std::uint64_t& low) noexcept {
  if (digits.empty() || digits.size() > longest) return false;
  high = low = 0;
  for (const char c : digits) {
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint64_t>(c - 'A') + 10;
    } else {
      return false;
    }
    high = high << 4U | low >> 60U;
    low = low << 4U | digit;
  }
  return true;
}

bool read_integer(std::string_view text, std::int64_t& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

const Origin* origin_of(const TraceScope& scope) noexcept {
  return scope.recorder == nullptr ? nullptr : &scope.recorder->origin();
}

}  // namespace detail
}  // namespace ngo::trace
