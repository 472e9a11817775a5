// What a stream does otherwise once it speaks TLS.
#include <sys/socket.h>

#include <cstring>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/net/tls_session_impl.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::net {
namespace {

tls::SessionImpl& insides(const tls::SessionPointer& session) {
  return *static_cast<tls::SessionImpl*>(session.get());
}

void check_first(const tls::SessionPointer& session) {
  if (session) throw Error(Code::internal, "start_tls: the connection speaks TLS already");
}

}  // namespace

Task<void> Stream::start_tls(const tls::ClientContext& context, tls::ClientOptions options) {
  check_first(tls_);
  tls_.reset(new tls::SessionImpl(descriptor(), context, options));
  co_await shake_hands(context.options().handshake_timeout);
}

Task<void> Stream::start_tls(const tls::ServerContext& context, std::string_view received) {
  check_first(tls_);
  tls_.reset(new tls::SessionImpl(descriptor(), context, received));
  co_await shake_hands(context.options().handshake_timeout);
}

Task<void> Stream::shake_hands(Duration limit) {
  // However it ends but well, nothing must be sent in plain text afterwards.
  struct Guard {
    tls::SessionImpl& session;
    ~Guard() {
      if (!session.established()) session.give_up();
    }
  } guard{insides(tls_)};
  if (hung_up_) static_cast<void>(guard.session.on_ready(Readiness{Readiness::kHangUp}));
  if (limit <= Duration::zero()) {
    co_await shake_hands_now();
    co_return;
  }
  try {
    co_await with_timeout(limit, shake_hands_now());
  } catch (const Error& error) {
    if (error.code() != Code::deadline_exceeded || Context::current().cancelled()) throw;
    throw Error(Code::deadline_exceeded,
                "the TLS handshake was not done within " +
                    format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(limit)));
  }
}

Task<void> Stream::shake_hands_now() {
  using Step = tls::SessionImpl::Step;
  tls::SessionImpl& session = insides(tls_);
  for (;;) {
    const Step step = session.shake_hands();
    if (step == Step::done) break;
    if (step == Step::failed) throw session.handshake_error();
    bool went_on = false;
    if (step == Step::wants_input) {
      readable_ = false;
      went_on = co_await readable();
    } else {
      writable_ = false;
      went_on = co_await writable();
    }
    if (!went_on) throw Error(Code::aborted, "the TLS handshake was broken off");
  }
  readable_ = session.has_input();
  writable_ = true;
}

const tls::Session* Stream::tls() const noexcept {
  return tls_ && insides(tls_).established() ? tls_.get() : nullptr;
}

Stream::Transfer Stream::tls_read(std::span<char> into) noexcept {
  tls::SessionImpl& session = insides(tls_);
  const Transfer transfer = session.read(into);
  readable_ = transfer.state != Transfer::State::would_block && session.has_input();
  return transfer;
}

Stream::Transfer Stream::tls_wrote(Transfer transfer) noexcept {
  if (transfer.state == Transfer::State::would_block) writable_ = false;
  return transfer;
}

Stream::Transfer Stream::tls_write(std::string_view first, std::string_view second,
                                   bool more_follows) noexcept {
  return tls_wrote(insides(tls_).write(first, second, more_follows));
}

Stream::Transfer Stream::tls_send_file(int file, std::uint64_t offset, std::size_t size) noexcept {
  return tls_wrote(insides(tls_).send_file(file, offset, size));
}

void Stream::tls_shutdown_write() noexcept {
  if (insides(tls_).end_writing()) ::shutdown(descriptor(), SHUT_WR);
}

Readiness Stream::tls_news(Readiness ready) noexcept {
  tls::SessionImpl& session = insides(tls_);
  const Readiness means = session.on_ready(ready);
  if (session.wants_end() && ready.write()) tls_shutdown_write();
  return means;
}

Error Stream::broken(const Transfer& transfer) const {
  std::string why = tls_ ? insides(tls_).failure() : std::string();
  if (why.empty()) why = std::strerror(transfer.error);
  return Error(Code::unavailable, "the connection broke: " + why);
}

}  // namespace ngo::net
