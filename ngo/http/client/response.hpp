// What came back from a call: HttpResponse with the whole body in memory, HttpStream whose body is read piece
// by piece, HttpError for a status that is no success. Values that are moved; the views that they give out
// live as long as they do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/type.hpp"
#include "ngo/http/client/url.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class HttpClient;

namespace http {
struct ClientExchange;
struct ClientExchangeDeleter {
  void operator()(ClientExchange* exchange) const noexcept;  // into the thread's pool
};
using ClientExchangePointer = std::unique_ptr<ClientExchange, ClientExchangeDeleter>;
}  // namespace http

// A response with a status other than 2xx, where a success was needed. Its code says what that means for our
// own caller: 404 from somewhere else is no 404 of ours, so it is internal, unavailable or deadline_exceeded.
class HttpError : public Error {
 public:
  HttpError(Code code, std::string message, int status) : Error(code, std::move(message)), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

class HttpResponse {
 public:
  // 200 without anything: to be filled by what stands in for a response.
  HttpResponse();
  // One that was not received: what a fallback gives.
  HttpResponse(int status, std::string body);
  // `value` as JSON, for a fallback.
  template <class T>
  [[nodiscard]] static HttpResponse json(const T& value) {
    HttpResponse made;
    made.set_json(type_of<T>(), &value);
    return made;
  }

  [[nodiscard]] int status() const noexcept;
  [[nodiscard]] bool ok() const noexcept { return status() >= 200 && status() < 300; }
  // The value of the first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t header_count() const noexcept;
  [[nodiscard]] std::pair<std::string_view, std::string_view> header_at(std::size_t index) const noexcept;
  // A field that came after the body (RFC 9110 section 6.5), names in any case; a stream has read to its end.
  [[nodiscard]] std::optional<std::string_view> trailer(std::string_view name) const noexcept;
  // All of them, in their order.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& trailers() const noexcept;
  // The body, decompressed, whatever the status; as UTF-8 where the Content-Type is text, JSON or XML and
  // names another charset that is known (codec/charset.hpp) and that the bytes are of.
  [[nodiscard]] const std::string& text() const& noexcept;
  [[nodiscard]] std::string text() &&;
  // The body read as JSON, whatever the status. Throws Error{internal} that says what is wrong with it: that
  // is the server's mistake and none of our caller's. Members that T does not have are passed over.
  template <class T>
  [[nodiscard]] T json() const {
    T value{};
    read_json(type_of<T>(), &value);
    return value;
  }
  // The body of a success as T: text, or anything that JSON can be read into. Throws HttpError unless ok().
  template <class T>
  [[nodiscard]] T as() const {
    require_ok();
    if constexpr (std::is_same_v<T, std::string>) {
      return text();
    } else if constexpr (!std::is_void_v<T>) {
      return json<T>();
    }
  }
  // Throws HttpError unless ok(): method, URL without secrets, status and the body's first bytes.
  void require_ok() const;

  // "GET http://users/7: text", for errors about it, without secrets.
  [[nodiscard]] std::string describe(std::string_view text) const;
  // Where it came from, after redirects.
  [[nodiscard]] const Url& url() const noexcept;
  [[nodiscard]] unsigned redirects() const noexcept;
  // "HTTP/2", "HTTP/1.1" or "HTTP/1.0": what it came by; empty for a fallback's.
  [[nodiscard]] std::string_view protocol() const noexcept;
  // How often the request was sent.
  [[nodiscard]] unsigned attempts() const noexcept;
  // Whether it is a fallback's.
  [[nodiscard]] bool degraded() const noexcept;

 protected:
  explicit HttpResponse(http::ClientExchangePointer exchange) noexcept : exchange_(std::move(exchange)) {}
  void set_json(const Type& type, const void* value);
  void read_json(const Type& type, void* value) const { read_json_text(text(), type, value); }
  void read_json_text(std::string_view from, const Type& type, void* value) const;

  friend class HttpClient;
  friend class HttpCall;
  http::ClientExchangePointer exchange_;
};

// A response whose body comes piece by piece. Dropping it before the end closes the connection.
class HttpStream : public HttpResponse {
 public:
  // The next piece, decompressed; nothing at the end. Valid until the next call. Throws Error{unavailable}
  // when the connection breaks, {deadline_exceeded} when nothing comes for readTimeout.
  [[nodiscard]] Task<std::optional<std::string_view>> next();
  // All that is left.
  [[nodiscard]] Task<std::string> rest();
  // The next line without its end (LF or CRLF); nothing at the end. Throws Error{internal} when it has more
  // than `most` bytes.
  [[nodiscard]] Task<std::optional<std::string>> line(std::size_t most = 1024 * 1024);
  // The next line that is not empty, read as JSON (application/x-ndjson). Throws as json().
  template <class T>
  [[nodiscard]] Task<std::optional<T>> json_line() {
    std::optional<std::string> text;
    do {
      text = co_await line();
      if (!text) co_return std::nullopt;
    } while (text->empty());
    std::optional<T> value(std::in_place);
    read_json_text(*text, type_of<T>(), &*value);
    co_return value;
  }

 private:
  friend class HttpCall;
  using HttpResponse::HttpResponse;
  [[nodiscard]] Task<std::optional<std::string_view>> receive();
  std::string given_;
  std::string pending_;  // of the line that is being read
  std::size_t taken_ = 0;
};

}  // namespace ngo
