// The head of a request as it is sent, and what a redirect makes of it.
#include <algorithm>
#include <charconv>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo {

using http::ClientExchange;

void HttpClient::Impl::write_head(ClientExchange& x, const http::Origin& origin) const {
  std::string& out = x.output;
  out.clear();
  out.append(to_string(x.method)).append(1, ' ');
  const bool through_proxy = origin.proxy && !x.url.secure();
  out.append(through_proxy ? x.url.text() : x.url.target()).append(" HTTP/1.1\r\n");
  out.append("Host: ").append(x.authority()).append("\r\n");
  if (through_proxy) out += origin.proxy_authorization;
  write_fields(x, false);
  out += "\r\n";
}

// What HTTP/1.1 and HTTP/2 have in common.
void HttpClient::Impl::write_fields(ClientExchange& x, bool http2) const {
  std::string& out = x.output;
  if (!x.own_user_agent) out += user_agent_;
  if (x.decompress) out += "Accept-Encoding: gzip, br, zstd\r\n";
  out.append(x.fields).append(x.private_fields);
  if (cookies_ && !x.own_cookie) {
    const SystemTime now = std::chrono::time_point_cast<SystemTime::duration>(EventLoop::current().wall());
    if (const std::string cookies = cookies_->cookies_for(x.url, now); !cookies.empty())
      out.append("Cookie: ").append(cookies).append("\r\n");
  }
  if (x.has_body) {
    out += x.body_fields;
    if (x.body_stream && !x.body_stream_length) {
      if (!http2) out += "Transfer-Encoding: chunked\r\n";
    } else {
      char digits[20];
      const std::uint64_t length = x.body_stream ? *x.body_stream_length : x.body.size();
      const auto end = std::to_chars(digits, digits + sizeof digits, length).ptr;
      out.append("Content-Length: ").append(digits, end).append("\r\n");
    }
  } else if (x.method == http::Method::post || x.method == http::Method::put ||
             x.method == http::Method::patch) {
    out += "Content-Length: 0\r\n";
  }
  if (options_.propagate) propagate(x);
}

void HttpClient::Impl::take_cookies(const ClientExchange& x) const {
  if (!cookies_) return;
  const SystemTime now = std::chrono::time_point_cast<SystemTime::duration>(EventLoop::current().wall());
  const http::HeaderTable& headers = x.head.headers();
  for (std::size_t i = headers.find("Set-Cookie", 0); i != http::HeaderTable::kNone;
       i = headers.find("Set-Cookie", i + 1))
    cookies_->take(x.url, headers[i].value, now);
}

// What the Context of the caller says to those who work for it.
void HttpClient::Impl::propagate(ClientExchange& x) const {
  std::string& out = x.output;
  const Context& context = Context::current();
  const trace::Propagators* const propagators = trace::Tracer::propagators_of_process();
  static const trace::Propagators usual;
  (propagators != nullptr ? *propagators : usual)
      .inject(context.trace_scope(), x.host.empty() ? x.url.authority() : std::string_view(x.host),
              [&out](std::string_view name, std::string_view value) {
                if (http::is_field_value(value)) out.append(name).append(": ").append(value).append("\r\n");
              });
  context.each_log_field([&out](std::string_view name, std::string_view value) {
    if (name == "request_id" && http::is_field_value(value))
      out.append("X-Request-Id: ").append(value).append("\r\n");
  });
  if (options_.deadline_header.empty()) return;
  TimePoint until = x.deadline;
  if (const auto deadline = context.deadline()) until = std::min(until, *deadline);
  if (until == TimePoint::max()) return;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - EventLoop::current().now()).count();
  out.append(options_.deadline_header).append(": ");
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, std::max<std::int64_t>(left, 1)).ptr);
  out.append("ms\r\n");
}

// Whether the response sends the call elsewhere, and where (RFC 9110 section 15.4).
bool HttpClient::Impl::redirect(ClientExchange& x) const {
  const int status = x.status;
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) return false;
  if (x.max_redirects == 0) return false;
  const std::string_view location = x.head.headers().get("Location");
  if (location.empty()) return false;
  if (x.redirects >= x.max_redirects)
    throw Error(Code::internal, "more than " + std::to_string(x.max_redirects) + " redirects");
  Url next = x.url.join(location);
  if (x.url.secure() && !next.secure())
    throw Error(Code::internal,
                "a redirect leads from https to " + next.masked() + ", which is not followed");
  if (next.socket_path() != x.url.socket_path())
    throw Error(Code::internal, "a redirect leads to a Unix socket, which is not followed");
  if (next.origin() != x.url.origin()) {
    x.private_fields.clear();
    x.host.clear();
  }
  const bool to_get =
      status == 303 ? x.method != http::Method::head : status <= 302 && x.method == http::Method::post;
  if (to_get) {
    x.method = http::Method::get;
    x.has_body = false;
    x.body.clear();
    x.body_fields.clear();
    x.body_stream = nullptr;
  }
  x.url = std::move(next);
  ++x.redirects;
  return true;
}

}  // namespace ngo
