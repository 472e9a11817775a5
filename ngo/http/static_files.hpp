// A directory of files under a path: routes.static_files("/assets", "web/assets").
//
// Nothing outside of the directory can be reached, whatever the spelling: names are looked up by the kernel
// beneath it (openat2, RESOLVE_BENEATH), also through symbolic links. Names that begin with a dot do not
// exist (but for /.well-known), nor do empty names, backslashes, control characters and an escaped "/".
// Directories answer with their index file or not at all; they are never listed.
//
// Open files are kept for a moment with what is known of them, by worker, so a hot file costs neither open
// nor stat, and one of up to 16 KiB no read; a change is seen when that moment is over.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "ngo/http/endpoint.hpp"

namespace ngo {

struct StaticFiles {
  std::string index = "index.html";  // answers for a directory; empty: none does
  std::string cache_control = "";    // sent with every file, for example "public, max-age=3600"
  // For single-page applications: the file that answers navigations (Accept has text/html) to addresses
  // without a file.
  std::string fallback = "";
  bool precompressed = true;  // prefer NAME.br, NAME.zst or NAME.gz, where the client takes it
  std::chrono::milliseconds revalidate = std::chrono::seconds(1);  // so long a file is not looked at again
  std::size_t open_files = 256;                                    // kept by each worker
};

namespace http {

// The endpoint behind a pattern whose only parameter is the name, "/assets/{file...}".
[[nodiscard]] std::unique_ptr<Endpoint> make_static_endpoint(std::string directory, StaticFiles options);
// Answers "/assets" by "/assets/".
[[nodiscard]] std::unique_ptr<Endpoint> make_slash_endpoint();
// A sentence that says why the directory cannot be served; empty when it can.
[[nodiscard]] std::string static_files_problem(const std::string& directory, const StaticFiles& options);

}  // namespace http
}  // namespace ngo
