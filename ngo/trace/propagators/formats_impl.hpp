// The forms one by one; see propagation.hpp. Each reads into what it is given only when it finds something.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ngo/trace/propagation.hpp"

namespace ngo::trace::detail {

bool extract_tracecontext(const Carrier& carrier, Remote& remote, Origin& origin);
bool extract_baggage(const Carrier& carrier, Origin& origin);
bool extract_b3_single(const Carrier& carrier, Remote& remote);
bool extract_b3_multi(const Carrier& carrier, Remote& remote);
bool extract_optimus(const Carrier& carrier, Remote& remote, Origin& origin);
bool extract_jaeger(const Carrier& carrier, Remote& remote, Origin& origin);
bool extract_skywalking(const Carrier& carrier, Remote& remote, Origin& origin);
bool extract_pinpoint(const Carrier& carrier, Remote& remote, Origin& origin);

void inject_tracecontext(const TraceScope& scope, FieldWriter write);
void inject_baggage(const TraceScope& scope, FieldWriter write);
void inject_b3_single(const TraceScope& scope, FieldWriter write);
void inject_b3_multi(const TraceScope& scope, FieldWriter write);
void inject_optimus(const TraceScope& scope, bool with_baggage, FieldWriter write);
void inject_jaeger(const TraceScope& scope, bool with_baggage, FieldWriter write);
void inject_skywalking(const TraceScope& scope, const Sender& sender, std::string_view target,
                       bool with_baggage, FieldWriter write);
void inject_pinpoint(const TraceScope& scope, const Sender& sender, std::string_view target,
                     FieldWriter write);

// 1 to `longest` hexadecimal digits in either case, of which the last 16 and the 16 before them are taken.
bool read_loose_hex(std::string_view digits, std::size_t longest, std::uint64_t& high,
                    std::uint64_t& low) noexcept;
// Whole numbers with an optional minus; nothing around them.
bool read_integer(std::string_view text, std::int64_t& out) noexcept;
[[nodiscard]] std::uint64_t hash_text(std::string_view text,
                                      std::uint64_t basis = 0xcbf29ce484222325) noexcept;
[[nodiscard]] std::string lower(std::string_view text);
// The origin of what is recorded there; null where nothing is.
[[nodiscard]] const Origin* origin_of(const TraceScope& scope) noexcept;

}  // namespace ngo::trace::detail
