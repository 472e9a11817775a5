// OTLP's JSON form, which is its own: ids in hexadecimal, 64-bit numbers as text. For the encoder only.
#pragma once

#include <span>
#include <string>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

[[nodiscard]] std::string encode_otlp_json(std::span<const FragmentPtr> batch, const Resource& resource);
// The W3C flags, and whether the parent is remote.
[[nodiscard]] std::uint32_t otlp_flags(const SpanData& span) noexcept;

}  // namespace ngo::trace
