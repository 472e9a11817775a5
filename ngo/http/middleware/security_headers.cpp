#include "ngo/http/middleware/security_headers.hpp"

#include <algorithm>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/response.hpp"

namespace ngo::http {
namespace {

std::string hsts_value(const SecurityHeadersOptions& options) {
  std::string value = "max-age=" + std::to_string(options.hsts_max_age.count());
  if (options.hsts_include_sub_domains) value += "; includeSubDomains";
  if (options.hsts_preload) value += "; preload";
  return value;
}

bool is_framing(std::string_view name) {
  for (const std::string_view framing : {"content-length", "transfer-encoding", "connection", "date"}) {
    if (equals_ignoring_case(name, framing)) return true;
  }
  return false;
}

}  // namespace

std::string SecurityHeadersOptions::mistake() const {
  if (!frame_options.empty() && !equals_ignoring_case(frame_options, "DENY") &&
      !equals_ignoring_case(frame_options, "SAMEORIGIN")) {
    return "frameOptions: expected DENY, SAMEORIGIN or an empty text, found " + in_quotes(frame_options);
  }
  if (hsts_max_age < std::chrono::seconds::zero()) return "hstsMaxAge: cannot be negative";
  for (const std::string* value : {&referrer_policy, &content_security_policy, &permissions_policy,
                                   &cross_origin_opener_policy, &cross_origin_resource_policy}) {
    if (!is_field_value(*value))
      return in_quotes(*value) + " is no value of a header: it has a control character";
  }
  for (const auto& [name, value] : more) {
    if (!is_token(name)) return "more: " + in_quotes(name) + " is no name of a header";
    if (is_framing(name)) return "more: the header " + name + " is set by the server itself";
    if (!is_field_value(value)) return "more: " + in_quotes(value) + " is no value of a header";
  }
  return {};
}

SecurityHeaders::SecurityHeaders(const SecurityHeadersOptions& options) {
  if (options.hsts == Hsts::secure) {
    add("Strict-Transport-Security", hsts_value(options), true);
    only_secure_ = block_.size();
  } else if (options.hsts == Hsts::always) {
    add("Strict-Transport-Security", hsts_value(options));
  }
  if (options.content_type_options) add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", options.frame_options);
  add("Referrer-Policy", options.referrer_policy);
  add("Content-Security-Policy", options.content_security_policy);
  add("Permissions-Policy", options.permissions_policy);
  add("Cross-Origin-Opener-Policy", options.cross_origin_opener_policy);
  add("Cross-Origin-Resource-Policy", options.cross_origin_resource_policy);
  for (const auto& [name, value] : options.more) add(name, value);
}

void SecurityHeaders::add(std::string name, std::string_view value, bool only_secure) {
  if (value.empty()) return;
  const std::size_t begin = block_.size();
  block_.append(name).append(": ").append(value).append("\r\n");
  lines_.push_back({std::move(name), begin, block_.size() - begin, only_secure});
}

char* SecurityHeaders::write_head(const Response& response, bool secure, char* at) const noexcept {
  if (response.fields().empty()) {
    const std::string_view block = std::string_view(block_).substr(secure ? 0 : only_secure_);
    return std::copy(block.begin(), block.end(), at);
  }
  for (const Line& line : lines_) {
    if ((line.only_secure && !secure) || response.header(line.name)) continue;
    at = std::copy_n(block_.data() + line.begin, line.size, at);
  }
  return at;
}

}  // namespace ngo::http
