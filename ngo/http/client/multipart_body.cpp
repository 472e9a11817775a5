#include "ngo/http/client/multipart_body.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

// As browsers do (WHATWG HTML, multipart/form-data encoding).
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  out += '"';
}

class ReadFile {
 public:
  explicit ReadFile(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0)
      throw Error(Code::not_found, "cannot read the file \"" + path + "\": " + std::strerror(errno));
  }
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;
  ~ReadFile() { close(descriptor_); }

  [[nodiscard]] std::uint64_t size() const noexcept {
    struct stat status{};
    return fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  }
  // Up to `size` bytes at `offset`.
  void read(std::string& into, std::uint64_t offset, std::size_t size) const {
    into.resize(size);
    const ssize_t got = pread(descriptor_, into.data(), size, static_cast<off_t>(offset));
    into.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  }

 private:
  int descriptor_;
};

}  // namespace

HttpMultipart::HttpMultipart() : boundary_("ngo-" + TraceId::generate().to_string()) {}

std::string HttpMultipart::head_of(std::string_view name, std::string_view file_name,
                                   std::string_view type) const {
  std::string head = "--" + boundary_ + "\r\nContent-Disposition: form-data; name=";
  append_quoted(head, name);
  if (!type.empty()) {
    if (!http::is_field_value(type))
      throw Error(Code::invalid_argument, "the type of a part has a control character");
    head += "; filename=";
    append_quoted(head, file_name);
    head.append("\r\nContent-Type: ").append(type);
  }
  return head += "\r\n\r\n";
}

HttpMultipart& HttpMultipart::field(std::string_view name, const UrlArgument& value) {
  parts_.push_back({head_of(name, {}, {}), std::string(value.text()), {}, value.text().size()});
  return *this;
}

HttpMultipart& HttpMultipart::bytes(std::string_view name, std::string content, std::string_view file_name,
                                    std::string_view type) {
  const std::uint64_t size = content.size();
  parts_.push_back({head_of(name, file_name, type), std::move(content), {}, size});
  return *this;
}

HttpMultipart& HttpMultipart::file(std::string_view name, const std::string& path, std::string_view type) {
  const ReadFile file(path);
  parts_.push_back({head_of(name, path.substr(path.rfind('/') + 1), type), {}, path, file.size()});
  return *this;
}

std::string HttpMultipart::content_type() const { return "multipart/form-data; boundary=" + boundary_; }

std::uint64_t HttpMultipart::size() const noexcept {
  std::uint64_t size = boundary_.size() + 6;  // "--" boundary "--\r\n"
  for (const Part& part : parts_) size += part.head.size() + part.size + 2;
  return size;
}

Task<void> HttpMultipart::write(BodyWriter& writer) const {
  for (const Part& part : parts_) {
    co_await writer.write(part.head);
    if (part.path.empty()) {
      co_await writer.write(part.content);
    } else {
      const ReadFile file(part.path);
      std::string piece;
      for (std::uint64_t at = 0; at < part.size; at += piece.size()) {
        const std::size_t size = std::min<std::uint64_t>(kPiece, part.size - at);
        const auto read = [&file, &piece, at, size] { file.read(piece, at, size); };
        co_await blocking(read);
        if (piece.empty())
          throw Error(Code::unavailable,
                      "the file \"" + part.path + "\" has become shorter while it was sent");
        co_await writer.write(piece);
      }
    }
    co_await writer.write("\r\n");
  }
  co_await writer.write("--" + boundary_ + "--\r\n");
}

}  // namespace ngo
