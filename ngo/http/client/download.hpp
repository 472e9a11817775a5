// A response that becomes a file:
//
//   auto done = co_await download(http.get("http://files/report.pdf"), "/srv/report.pdf");
//
// The bytes go to PATH.part until all are there, then the file gets its name. When the connection breaks, the
// rest is asked for (Range), if the server says with a strong ETag or Last-Modified that it is still the same
// (If-Range); when it is not, all of it. A later download to the same path goes on from what an earlier one
// has left (PATH.part, and PATH.part.from for what it is a part of).
#pragma once

#include <cstdint>
#include <string>

#include "ngo/http/client/client.hpp"

namespace ngo {

struct Download {
  std::uint64_t size = 0;     // of the file
  std::uint64_t resumed = 0;  // so many bytes were there before the call
  unsigned requests = 0;
};

// The call is one with GET. Its attempts are how often it goes on without having got a byte. Throws HttpError
// for another answer than 200 or 206, Error{resource_exhausted} when the disk is full, and as any call.
[[nodiscard]] Task<Download> download(HttpCall call, std::string path);

}  // namespace ngo
