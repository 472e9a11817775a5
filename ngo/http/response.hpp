// What goes back to the client. A value: handlers return it, middleware changes it. Framing headers
// (Content-Length, Transfer-Encoding, Connection, Date) are the server's business and cannot be set.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/type.hpp"
#include "ngo/http/cookie.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

namespace http {
struct FileBody;
}

// Where a streamed body is written to. Valid while the function that it was given to runs.
class BodyWriter {
 public:
  // Sends a piece; waits while the client is slow. Throws Error{cancelled} when the client has gone.
  [[nodiscard]] virtual Task<void> write(std::string_view piece) = 0;
  // Sends what is buffered now.
  [[nodiscard]] virtual Task<void> flush() = 0;
  // A field after the body (RFC 9110, 6.5); dropped where the framing has no place for it (HTTP/1.0).
  virtual void trailer(std::string name, std::string value) = 0;

 protected:
  ~BodyWriter() = default;
};

class Response {
 public:
  using Stream = std::function<Task<void>(BodyWriter&)>;
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // 200 without a body.
  Response() = default;
  explicit Response(int status) { this->status(status); }
  // A text body.
  Response(int status, std::string text) : media_(Media::text), body_(std::move(text)) {
    this->status(status);
  }

  // `value` as JSON.
  template <class T>
  [[nodiscard]] static Response json(const T& value, int status = 200) {
    Response response(status);
    response.set_json(type_of<T>(), &value);
    return response;
  }
  [[nodiscard]] static Response html(std::string page, int status = 200);
  // A body that `stream` writes piece by piece after the head has been sent.
  [[nodiscard]] static Response streamed(Stream stream, std::string content_type);

  [[nodiscard]] int status() const noexcept { return status_; }
  // 200 to 999; another one throws Error{internal}: interim answers (1xx) are the server's business.
  Response& status(int status);

  // Sets a header, replacing those of the same name. Throws Error{internal} for what is no field name or
  // value (RFC 9110, 5.5), so that no value can smuggle in a line, and for the server's own framing headers.
  Response& header(std::string_view name, std::string value);
  // Adds one more of that name (Set-Cookie).
  Response& add_header(std::string_view name, std::string value);
  // Replaces the cookie of the same name, path and domain. Throws Error{internal} as http::to_string does.
  Response& set_cookie(const SetCookie& cookie);
  // Has the browser forget the cookie that was set with the same name, path, domain and attributes.
  Response& clear_cookie(SetCookie cookie);
  Response& remove_header(std::string_view name);
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  [[nodiscard]] const Fields& fields() const noexcept { return fields_; }

  Response& body(std::string bytes);
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  // As a header; the body's type is set by body makers and may be overridden.
  Response& content_type(std::string type) { return header("Content-Type", std::move(type)); }
  [[nodiscard]] std::string_view content_type() const noexcept;
  // Whether the type comes from a body maker and is in none of the fields.
  [[nodiscard]] bool has_media() const noexcept { return media_ != Media::none; }

  [[nodiscard]] bool is_streamed() const noexcept { return static_cast<bool>(stream_); }
  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }

  // A body that is sent from a file or from shared memory (file.hpp); body() is empty then.
  [[nodiscard]] const std::shared_ptr<const http::FileBody>& file() const noexcept { return file_; }
  void set_file(std::shared_ptr<const http::FileBody> file);
  // Other bytes, or a stream, of the same type: for what changes the form of a body alone.
  void replace_body(std::string bytes) noexcept { body_ = std::move(bytes); }
  void set_stream(Stream stream);
  // Whether sending the body may have to wait for something else than room in the output.
  [[nodiscard]] bool is_sent_by_pieces() const noexcept { return stream_ || file_; }

  // A stream without an end of its own: a service that drains ends it, as if it had come to its end.
  void end_on_drain() noexcept { ends_on_drain_ = true; }
  [[nodiscard]] bool ends_on_drain() const noexcept { return ends_on_drain_; }

  // For the renderers: the types that need no allocation.
  enum class Media : std::uint8_t { none, json, text, html, problem, bytes };
  void set_json(const Type& type, const void* value);
  // As header(), for what is known to be allowed.
  void set_checked(std::string_view name, std::string_view value);
  void set_media(Media media) noexcept { media_ = media; }
  std::string& body_for(Media media) noexcept {
    media_ = media;
    return body_;
  }
  // Back to an empty 200; keeps the memory.
  void reset() noexcept;

 private:
  std::int16_t status_ = 200;
  Media media_ = Media::none;
  bool ends_on_drain_ = false;
  std::string body_;
  Fields fields_;
  Stream stream_;
  std::shared_ptr<const http::FileBody> file_;
};

}  // namespace ngo
