// The version of this library.
#pragma once

#include <string_view>

namespace ngo {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace ngo
