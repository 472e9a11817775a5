#include "ngo/http/response.hpp"

#include <algorithm>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/http/headers.hpp"

namespace ngo {
namespace {

void check_field(std::string_view name, std::string_view value) {
  if (!http::is_token(name)) {
    throw Error(Code::internal, "\"" + std::string(name) + "\" is no name for a response header");
  }
  if (!http::is_field_value(value)) {
    throw Error(Code::internal, "the value of the response header " + std::string(name) +
                                    " has control characters or surrounding blanks");
  }
  for (std::string_view framing : {"content-length", "transfer-encoding", "connection", "date"}) {
    if (equals_ignoring_case(name, framing)) {
      throw Error(Code::internal,
                  "the response header " + std::string(name) + " is set by the server itself");
    }
  }
}

}  // namespace

Response& Response::status(int status) {
  if (status < 200 || status > 999) {
    throw Error(Code::internal,
                "a response cannot have the status " + std::to_string(status) + "; 200 to 999 can be");
  }
  status_ = static_cast<std::int16_t>(status);
  return *this;
}

Response Response::html(std::string page, int status) {
  Response response(status);
  response.body_for(Media::html) = std::move(page);
  return response;
}

Response Response::streamed(Stream stream, std::string content_type) {
  Response response;
  response.stream_ = std::move(stream);
  response.content_type(std::move(content_type));
  return response;
}

Response& Response::header(std::string_view name, std::string value) {
  check_field(name, value);
  remove_header(name);
  fields_.emplace_back(name, std::move(value));
  return *this;
}

void Response::set_checked(std::string_view name, std::string_view value) {
  if (!fields_.empty() || media_ != Media::none) remove_header(name);
  fields_.emplace_back(name, value);
}

Response& Response::add_header(std::string_view name, std::string value) {
  check_field(name, value);
  fields_.emplace_back(name, std::move(value));
  return *this;
}

Response& Response::set_cookie(const SetCookie& cookie) {
  std::string text = http::to_string(cookie);
  // What identifies a cookie stands around its value: "name=" before it, path and domain behind.
  const std::string_view begin = std::string_view(text).substr(0, cookie.name.size() + 1);
  std::size_t length = std::string_view("; Path=").size() + cookie.path.size();
  if (!cookie.domain.empty()) length += std::string_view("; Domain=").size() + cookie.domain.size();
  const std::string_view where = std::string_view(text).substr(begin.size() + cookie.value.size(), length);
  std::erase_if(fields_, [&](const auto& field) {
    const std::string_view value = field.second;
    if (!equals_ignoring_case(field.first, "set-cookie") || !value.starts_with(begin)) return false;
    std::string_view rest = value.substr(std::min(value.find(';'), value.size()));
    if (!rest.starts_with(where)) return false;
    rest.remove_prefix(where.size());
    return (rest.empty() || rest[0] == ';') && (!cookie.domain.empty() || !rest.starts_with("; Domain="));
  });
  fields_.emplace_back("Set-Cookie", std::move(text));
  return *this;
}

Response& Response::clear_cookie(SetCookie cookie) {
  cookie.value.clear();
  cookie.max_age = std::chrono::seconds(0);
  cookie.expires = std::chrono::system_clock::time_point();
  return set_cookie(cookie);
}

Response& Response::remove_header(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return equals_ignoring_case(field.first, name); });
  if (equals_ignoring_case(name, "content-type")) media_ = Media::none;
  return *this;
}

std::optional<std::string_view> Response::header(std::string_view name) const noexcept {
  for (const auto& [field, value] : fields_) {
    if (equals_ignoring_case(field, name)) return value;
  }
  if (media_ != Media::none && equals_ignoring_case(name, "content-type")) return content_type();
  return std::nullopt;
}

Response& Response::body(std::string bytes) {
  body_ = std::move(bytes);
  stream_ = nullptr;
  file_.reset();
  if (media_ == Media::none && !header("Content-Type")) media_ = Media::bytes;
  return *this;
}

std::string_view Response::content_type() const noexcept {
  switch (media_) {
    case Media::json: return "application/json";
    case Media::text: return "text/plain; charset=utf-8";
    case Media::html: return "text/html; charset=utf-8";
    case Media::problem: return "application/problem+json";
    case Media::bytes: return "application/octet-stream";
    case Media::none: break;
  }
  for (const auto& [field, value] : fields_) {
    if (equals_ignoring_case(field, "content-type")) return value;
  }
  return {};
}

void Response::set_file(std::shared_ptr<const http::FileBody> file) {
  body_.clear();
  stream_ = nullptr;
  file_ = std::move(file);
}

void Response::set_stream(Stream stream) {
  body_.clear();
  file_.reset();
  stream_ = std::move(stream);
}

void Response::set_json(const Type& type, const void* value) {
  media_ = Media::json;
  body_.clear();
  json::write(body_, type, value);
}

void Response::reset() noexcept {
  status_ = 200;
  media_ = Media::none;
  ends_on_drain_ = false;
  body_.clear();
  fields_.clear();
  stream_ = nullptr;
  file_.reset();
}

}  // namespace ngo
