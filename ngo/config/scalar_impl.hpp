// A text of the configuration as a value. More lenient than a request's parameters: what people write in
// files.
#pragma once

#include <string>
#include <string_view>

#include "ngo/base/type.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::config {

// Sets the scalar at `out`. Beyond scalar_from_text it takes yes, no, on and off for a bool, 0x, 0o, 0b and
// "_" in integers, a number with nothing behind its point for an integer, enumerators in any spelling. False:
// `message` says what would have been right, and does not show the text when it is `secret`.
bool scalar_from_config(const Type& type, void* out, std::string_view text, bool plain, bool secret,
                        std::string& message);

// What a text written without quotes is by YAML's core schema: null, bool, number or string.
[[nodiscard]] JsonValue json_from_plain(std::string_view text);

}  // namespace ngo::config
