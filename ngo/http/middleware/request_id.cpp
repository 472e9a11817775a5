#include "ngo/http/middleware/request_id.hpp"

#include <algorithm>

#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::http {
namespace {

constexpr std::array<bool, 256> kAllowed = [] {
  std::array<bool, 256> allowed{};
  for (int c = '0'; c <= '9'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) allowed[static_cast<std::size_t>(c)] = true;
  for (const char c : {'-', '.', '_', '~', '+', '/', '=', ':', '@'})
    allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}();

}  // namespace

std::string RequestIdOptions::mistake() const {
  if (is_token(header)) return {};
  return "header: " + in_quotes(header) + " is no name of a header; right is X-Request-Id";
}

RequestIds::RequestIds(const RequestIdOptions& options)
    : name_(options.header),
      line_(options.header + ": "),
      known_(known_header(options.header) == KnownHeader::x_request_id),
      accept_(options.accept),
      answer_(options.answer) {}

bool RequestIds::valid(std::string_view text) noexcept {
  if (text.empty() || text.size() > kLongest) return false;
  for (const char c : text) {
    if (!kAllowed[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

void RequestIds::begin(const HeaderTable& headers, Context& context, RequestId& id) const {
  TraceIdentity trace = context.trace();
  if (!trace.valid()) {
    trace.trace = TraceId::generate();
    context.set_trace(trace);
  }
  if (accept_) {
    const std::string_view given = known_ ? headers.get(KnownHeader::x_request_id) : headers.get(name_);
    if (!given.empty() && valid(given)) {
      id.text = given;
      context.add_log_field("request_id", std::string(given));
      return;
    }
  }
  write_hex(trace.trace.low, write_hex(trace.trace.high, id.made.data()));
  id.text = {id.made.data(), id.made.size()};
}

char* RequestIds::write_head(const RequestId& id, char* at) const noexcept {
  if (!answer_) return at;
  at = std::copy(line_.begin(), line_.end(), at);
  at = std::copy(id.text.begin(), id.text.end(), at);
  *at++ = '\r';
  *at++ = '\n';
  return at;
}

}  // namespace ngo::http
