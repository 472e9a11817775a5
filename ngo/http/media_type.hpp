// The media type of a file by the last extension of its name.
#pragma once

#include <string_view>

namespace ngo::http {

// For example "text/css; charset=utf-8" for "a/b.css"; "application/octet-stream" for what is not known. Text
// is taken to be UTF-8. Lives for ever.
[[nodiscard]] std::string_view media_type_of(std::string_view path) noexcept;

}  // namespace ngo::http
