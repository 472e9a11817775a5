#include <algorithm>
#include <array>
#include <cstddef>

#include "ngo/base/duration.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"
#include "ngo/http/method.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kReserveAtMost = 1024 * 1024;

// Exchanges that this thread keeps for the next calls.
struct Kept {
  ~Kept() {
    closed = true;
    while (count > 0) delete exchanges[--count];
  }
  static constexpr std::size_t kMost = 64;
  static constinit thread_local bool closed;
  std::array<ClientExchange*, kMost> exchanges{};
  std::size_t count = 0;
};
constinit thread_local bool Kept::closed = false;

Kept& kept() {
  static thread_local Kept of_this_thread;
  return of_this_thread;
}

// Long texts are not kept: one large body must not stay for ever.
void clear(std::string& text) {
  constexpr std::size_t kKeep = 16 * 1024;
  if (text.capacity() > kKeep) text = std::string();
  text.clear();
}

}  // namespace

ClientExchangePointer ClientExchange::make() {
  if (!Kept::closed) {
    Kept& mine = kept();
    if (mine.count > 0) return ClientExchangePointer(mine.exchanges[--mine.count]);
  }
  return ClientExchangePointer(new ClientExchange);
}

void ClientExchangeDeleter::operator()(ClientExchange* exchange) const noexcept {
  exchange->drop();
  if (Kept::closed) return delete exchange;
  Kept& mine = kept();
  if (mine.count == Kept::kMost) return delete exchange;
  exchange->reset();
  mine.exchanges[mine.count++] = exchange;
}

void ClientExchange::reset() {
  client = nullptr;
  clear(fields);
  clear(private_fields);
  clear(body_fields);
  clear(body);
  clear(host);
  clear(output);
  clear(head_bytes);
  clear(answer);
  if (body_stream) body_stream = nullptr;
  if (fallback) fallback = nullptr;
  if (when_it_is_open) when_it_is_open = nullptr;
  clear(resource);
  body_stream_length.reset();
  decoder.reset();
  trailers.clear();
  protocol = {};
  server.reset();
  limits = nullptr;
  deadline = head_deadline = TimePoint::max();
  has_body = is_form = repeatable = decompress = streamed = false;
  own_user_agent = own_accept_encoding = own_authorization = own_read_timeout = own_cookie = false;
  reused = sent_any = sent_all = received_any = unprocessed = degraded = false;
  phase = Phase::connecting;
  attempts = redirects = 0;
  status = 200;
  head.rebase("");
  head.clear();
}

void ClientExchange::copy_call(const ClientExchange& other) {
  client = other.client;
  method = other.method;
  url = other.url;
  fields = other.fields;
  private_fields = other.private_fields;
  body_fields = other.body_fields;
  body = other.body;
  host = other.host;
  body_stream = other.body_stream;
  body_stream_length = other.body_stream_length;
  fallback = other.fallback;
  resource = other.resource;
  when_it_is_open = other.when_it_is_open;
  timeout = other.timeout;
  write_timeout = other.write_timeout;
  response_timeout = other.response_timeout;
  read_timeout = other.read_timeout;
  max_body = other.max_body;
  max_attempts = other.max_attempts;
  max_redirects = other.max_redirects;
  has_body = other.has_body;
  is_form = other.is_form;
  repeatable = other.repeatable;
  decompress = other.decompress;
  own_user_agent = other.own_user_agent;
  own_accept_encoding = other.own_accept_encoding;
  own_authorization = other.own_authorization;
  own_read_timeout = other.own_read_timeout;
  own_cookie = other.own_cookie;
}

void ClientExchange::expect_body(std::optional<std::uint64_t> length) {
  if (decompress && head.headers().contains(KnownHeader::content_encoding)) {
    const auto coding = coding_from_string(head.headers().get(KnownHeader::content_encoding));
    if (coding && *coding != Coding::identity) decoder = std::make_unique<BodyDecoder>(*coding);
  }
  if (streamed || !length) return;
  if (max_body != 0 && *length > max_body) {
    throw Error(Code::internal, "the body has " + std::to_string(*length) + " bytes, more than the " +
                                    std::to_string(max_body) + " that are accepted (maxResponseBodySize)");
  }
  if (!decoder) answer.reserve(std::min<std::uint64_t>(*length, kReserveAtMost));
}

void ClientExchange::expect_no_more_than(std::uint64_t bytes) const {
  if (max_body == 0 || bytes <= max_body) return;
  throw Error(Code::internal, "the body has more than the " + std::to_string(max_body) +
                                  " bytes that are accepted (maxResponseBodySize)");
}

void ClientExchange::limit(Duration limit) noexcept {
  TimePoint until = std::min(deadline, head_deadline);
  if (limit > Duration::zero()) until = std::min(until, later(EventLoop::current().now(), limit));
  limits->set_deadline(until);
}

std::string ClientExchange::describe(std::string_view text) const {
  std::string sentence(to_string(method));
  sentence.append(1, ' ').append(url.masked()).append(": ").append(text);
  return sentence;
}

}  // namespace ngo::http
