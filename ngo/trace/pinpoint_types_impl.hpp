// Pinpoint's numbers of service types and annotations, and what of a span they stand for.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "ngo/trace/propagation.hpp"
#include "ngo/trace/span_data.hpp"

namespace ngo::trace::detail {

inline constexpr std::int32_t kPinpointAsync = 100;
inline constexpr std::int32_t kPinpointFunction = 1301;  // of an application in C++

// The first of these attributes that is a text and not empty; the names are the conventions' and the
// original's.
[[nodiscard]] std::string_view first_text(const SpanData& span,
                                          std::initializer_list<std::string_view> keys) noexcept;

[[nodiscard]] std::int32_t pinpoint_type_of_root(const SpanData& span, const Sender& sender) noexcept;
[[nodiscard]] std::int32_t pinpoint_type_of_call(const SpanData& span) noexcept;
// Whether the other side reports a span of its own.
[[nodiscard]] bool pinpoint_is_remote_call(const SpanData& span) noexcept;
// "host:port": of the server itself, as it was asked for, and of whom a span calls.
[[nodiscard]] std::string pinpoint_end_point(const SpanData& server);
[[nodiscard]] std::string pinpoint_peer(const SpanData& span);

struct PinpointAnnotation {
  enum class Form : std::uint8_t { text, integer, large, field, sql };
  std::int32_t key = 0;  // 0: it has no place in Pinpoint
  Form form = Form::text;
  std::string_view name;  // of a field
};
[[nodiscard]] PinpointAnnotation pinpoint_annotation(std::string_view attribute) noexcept;

}  // namespace ngo::trace::detail
