// A file as the answer: `return File("/srv/reports/7.pdf");`
//
// The bytes go from the page cache to the socket (sendfile) and never through the process. Ranges, also
// several at once, and all If-... conditions are answered (RFC 9110, 13 and 14): 206, 304, 412, 416. The
// entity tag is strong and made of inode, size and time of modification in nanoseconds; it follows a file
// that is replaced by rename, as files should be: one that is overwritten in place while it is sent ends the
// connection when it becomes shorter, and mixes old and new bytes when it does not. For a name that a client
// has a say in use File::beneath(), for a whole directory Routes::static_files().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/civil_time.hpp"
#include "ngo/http/endpoint.hpp"

namespace ngo {

class File {
 public:
  // The file at `path`, which the program vouches for. Opened when the handler has returned; when there is
  // none: 404.
  explicit File(std::string path) : path_(std::move(path)) {}
  // `name` beneath `directory`: neither "..", an absolute name nor a symbolic link leads out of it (404).
  [[nodiscard]] static File beneath(std::string directory, std::string name);
  // Bytes in memory, shared and not copied: with ranges and, given an etag(), conditions.
  [[nodiscard]] static File memory(std::shared_ptr<const std::string> bytes, std::string content_type);
  [[nodiscard]] static File memory(std::string bytes, std::string content_type);

  // Instead of the type by the extension.
  File& content_type(std::string type) { return content_type_ = std::move(type), *this; }
  // To be saved under this name (RFC 6266). Any UTF-8; what is unsafe in a name is replaced.
  File& attachment(std::string_view name);
  // To be shown, and saved under this name.
  File& inline_as(std::string_view name);
  File& cache_control(std::string value) { return cache_control_ = std::move(value), *this; }
  // An entity tag with its quotes, instead of the one of the file. Throws Error{internal} for what is none.
  File& etag(std::string tag);
  File& last_modified(SystemTime time) { return last_modified_ = time, *this; }
  // Sends NAME.zst, NAME.br or NAME.gz instead when it lies beside the file, is no older, and the client
  // takes it.
  File& precompressed(bool on = true) { return precompressed_ = on, *this; }

 private:
  friend struct http::Result<File>;
  File() = default;

  std::string root_;
  std::string path_;
  std::shared_ptr<const std::string> memory_;
  std::string content_type_;
  std::string disposition_;
  std::string cache_control_;
  std::string etag_;
  std::optional<SystemTime> last_modified_;
  bool precompressed_ = false;
};

namespace http {

template <>
struct Result<File> {
  static Task<void> render(File file, Request& request, Response& response);
};

// The value of a Content-Disposition field: `kind`; filename="..."; filename*=UTF-8''... where the name needs
// it. Path separators, control characters and broken UTF-8 become "_".
[[nodiscard]] std::string content_disposition(std::string_view kind, std::string_view name);

}  // namespace http
}  // namespace ngo
