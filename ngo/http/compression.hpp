// The step of the pipeline that compresses answers (RFC 9110, 8.4 and 12.5.3). It stands between middleware
// and framing: middleware sees and changes plain bodies, and the length is counted afterwards.
//
// What is compressed: 2xx to 5xx with a listed media type and at least the least size, not in a coding
// already, no part of a file, not marked no-transform. Such an answer varies by Accept-Encoding, and its
// entity tag becomes weak. Small bodies are compressed as one; larger ones, files and streams piece by piece
// as they are sent, so that no worker is held long; a stream's flush() flushes the compressor too.
#pragma once

#include <string_view>

#include "ngo/http/compression_options.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"

namespace ngo::http {

void compress_response(const Request& request, Response& response, const CompressionOptions& options);

// Whether a media type, parameters ignored, is one of the patterns ("text/*", "application/*+json").
[[nodiscard]] bool is_listed_type(std::string_view media_type,
                                  const std::vector<std::string>& patterns) noexcept;

// Adds a name to Vary, unless it is there or Vary is "*".
void add_vary(Response& response, std::string_view name);

}  // namespace ngo::http
