// The body of a form with files (RFC 7578), for HttpCall::multipart():
//
//   HttpMultipart form;
//   form.field("album", "Paris").file("photo", "/srv/photos/7.jpg", "image/jpeg");
//   co_await http.post(url).multipart(form).as<void>();
//
// Files are read while they are sent, piece by piece, off the worker. A value; copies share nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/client/url.hpp"
#include "ngo/http/response.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class HttpMultipart {
 public:
  HttpMultipart();

  HttpMultipart& field(std::string_view name, const UrlArgument& value);
  // Bytes as if they were a file of that name.
  HttpMultipart& bytes(std::string_view name, std::string content, std::string_view file_name,
                       std::string_view type = "application/octet-stream");
  // A file of this machine, called as its path ends. Its size is taken now; throws Error{not_found} when it
  // cannot be read.
  HttpMultipart& file(std::string_view name, const std::string& path,
                      std::string_view type = "application/octet-stream");

  // "multipart/form-data; boundary=..."
  [[nodiscard]] std::string content_type() const;
  [[nodiscard]] std::uint64_t size() const noexcept;
  // Throws Error{unavailable} when a file has become shorter meanwhile.
  [[nodiscard]] Task<void> write(BodyWriter& writer) const;

 private:
  struct Part {
    std::string head;
    std::string content;
    std::string path;  // of the file, when it is one
    std::uint64_t size = 0;
  };
  [[nodiscard]] std::string head_of(std::string_view name, std::string_view file_name,
                                    std::string_view type) const;

  std::string boundary_;
  std::vector<Part> parts_;
};

}  // namespace ngo
