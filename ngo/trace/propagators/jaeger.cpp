// uber-trace-id and what goes with it.
#include <array>
#include <string>

#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/trace/propagators/formats_impl.hpp"

namespace ngo::trace::detail {
namespace {

constexpr std::string_view kBaggage = "uberctx-";
constexpr std::uint64_t kSampled = 1;
constexpr std::uint64_t kDebug = 2;

bool read(std::string_view rest, Remote& remote) {
  std::array<std::string_view, 4> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t colon = rest.find(':');
    parts[i] = rest.substr(0, colon);
    if ((colon == std::string_view::npos) != (i + 1 == parts.size())) return false;
    if (colon != std::string_view::npos) rest.remove_prefix(colon + 1);
  }
  std::uint64_t high = 0;
  std::uint64_t parent = 0;
  std::uint64_t flags = 0;
  Remote found;
  TraceIdentity& identity = found.identity;
  if (!read_loose_hex(parts[0], 32, identity.trace.high, identity.trace.low) || !identity.trace.valid())
    return false;
  if (!read_loose_hex(parts[1], 16, high, identity.span.value) || !identity.span.valid()) return false;
  if (!read_loose_hex(parts[2], 16, high, parent)) return false;
  if (!read_loose_hex(parts[3], 2, high, flags)) return false;
  found.parent = {parent};
  found.decision = (flags & kDebug) != 0     ? Remote::Decision::debug
                   : (flags & kSampled) != 0 ? Remote::Decision::keep
                                             : Remote::Decision::drop;
  if (found.decision != Remote::Decision::drop) identity.flags |= TraceIdentity::kSampled;
  remote = found;
  return true;
}

}  // namespace

bool extract_jaeger(const Carrier& carrier, Remote& remote, Origin& origin) {
  bool found = false;
  if (const std::string_view field = carrier.get("uber-trace-id"); !field.empty()) {
    std::string decoded;
    if (field.find('%') == std::string_view::npos) {
      found = read(field, remote);
    } else if (url::decode_path(field, decoded)) {
      found = read(decoded, remote);
    }
  }
  if (!found && !carrier.get("jaeger-debug-id").empty()) {
    remote.decision = Remote::Decision::debug;
    origin.debug_id = carrier.get("jaeger-debug-id").substr(0, 256);
    found = true;
  }
  const auto add = [&](std::string_view key, std::string_view value) {
    std::string decoded;
    if (url::decode_path(value, decoded)) (void)origin.baggage.set(key, decoded);
  };
  carrier.each([&](std::string_view name, std::string_view value) {
    if (name.size() > kBaggage.size() && equals_ignoring_case(name.substr(0, kBaggage.size()), kBaggage)) {
      add(lower(name.substr(kBaggage.size())), value);
    } else if (equals_ignoring_case(name, "jaeger-baggage")) {
      while (!value.empty()) {
        const std::size_t comma = value.find(',');
        const std::string_view pair = value.substr(0, comma);
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos)
          add(trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
      }
    }
  });
  return found || !origin.baggage.empty();
}

void inject_jaeger(const TraceScope& scope, bool with_baggage, FieldWriter write) {
  const Origin* const origin = origin_of(scope);
  const SpanId span = scope.identity.span.valid() ? scope.identity.span : SpanId::generate();
  std::string text = scope.identity.trace.to_string();
  text.append(1, ':').append(span.to_string()).append(":0:");
  const std::uint64_t flags = origin != nullptr && origin->debug ? kSampled | kDebug
                              : scope.identity.sampled()         ? kSampled
                                                                 : 0;
  text.push_back(static_cast<char>('0' + flags));
  write("uber-trace-id", text);
  if (origin == nullptr || !with_baggage) return;
  for (const Baggage::Member& member : origin->baggage.members())
    write(std::string(kBaggage) + member.key, url::encode_query(member.value));
}

}  // namespace ngo::trace::detail
