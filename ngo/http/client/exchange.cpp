#include <algorithm>
#include <array>
#include <cstddef>

#include "ngo/base/duration.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/method.hpp"

namespace ngo::http {
namespace {

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
  clear(output);
  clear(head_bytes);
  clear(answer);
  if (body_stream) body_stream = nullptr;
  if (fallback) fallback = nullptr;
  body_stream_length.reset();
  decoder.reset();
  server.reset();
  limits = nullptr;
  deadline = head_deadline = TimePoint::max();
  has_body = is_form = repeatable = decompress = streamed = false;
  own_host = own_user_agent = own_accept_encoding = own_authorization = false;
  reused = sent_any = sent_all = received_any = degraded = false;
  phase = Phase::connecting;
  attempts = redirects = 0;
  status = 200;
  head.rebase("");
  head.clear();
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
