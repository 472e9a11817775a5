// Kept spans in Zipkin's JSON, version 2.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

// `shared_spans`: a server's span with a remote parent is told with the parent's id and `shared`, as one
// half of the same span; its children then belong to that id.
[[nodiscard]] std::string encode_zipkin(std::span<const FragmentPtr> batch, const Resource& resource,
                                        bool shared_spans = false);

// Any value as one text: "true", "7", "0.5", "a,b".
[[nodiscard]] std::string text_of_value(const AttributeValue& value);

}  // namespace ngo::trace
