#include "ngo/net/tls_session.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ngo/net/tls_session_impl.hpp"

namespace ngo::tls {

// Plain bytes that do not lie in one piece, on their way into a record.
static thread_local char scratch[SessionImpl::kRecord];

// The BIO between OpenSSL and the socket. OpenSSL's own one would raise SIGPIPE, and would not tell that a
// short read has drained the socket.
struct SocketBio {
  static SessionImpl& session(BIO* bio) { return *static_cast<SessionImpl*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    return session(bio).receive(into, size);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    return session(bio).send(bytes, size);
  }
  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return session(bio).at_end_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ngo socket");
      BIO_meth_set_read(method, &read);
      BIO_meth_set_write(method, &write);
      BIO_meth_set_ctrl(method, &control);
      return method;
    }();
    return made;
  }
};

SessionImpl::SessionImpl(int descriptor, SSL_CTX* context)
    : ssl_(SSL_new(context)), bio_(BIO_new(SocketBio::method())), descriptor_(descriptor) {
  if (!ssl_ || bio_ == nullptr) {
    BIO_free(bio_);
    throw Error(Code::resource_exhausted, "cannot make a TLS session: " + take_openssl_error());
  }
  BIO_set_data(bio_, this);
  BIO_set_init(bio_, 1);
  SSL_set_bio(ssl_.get(), bio_, bio_);
  SSL_set_app_data(ssl_.get(), this);
}

SessionImpl::~SessionImpl() {
  // Or OpenSSL forbids to resume the session, even where only our last word was not said.
  if (established_ && !broken_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

SessionImpl& SessionImpl::of(const SSL* ssl) noexcept {
  return *static_cast<SessionImpl*>(SSL_get_app_data(ssl));
}

int SessionImpl::receive(char* into, int size) noexcept {
  const auto room = static_cast<std::size_t>(size);
  if (!received_.empty()) {
    const std::size_t some = std::min(room, received_.size());
    std::memcpy(into, received_.data(), some);
    received_.erase(0, some);
    return static_cast<int>(some);
  }
  while (input_) {
    const ssize_t got = recv(descriptor_, into, room, 0);
    if (got > 0) {
      if (got < size) input_ = hung_up_;
      return static_cast<int>(got);
    }
    if (got == 0) {
      at_end_ = true;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      errno_ = errno;
      at_end_ = true;
      return -1;
    }
    input_ = false;
  }
  BIO_set_retry_read(bio_);
  return -1;
}

int SessionImpl::send(const char* bytes, int size) noexcept {
  for (;;) {
    const ssize_t sent = ::send(descriptor_, bytes, static_cast<std::size_t>(size),
                                MSG_NOSIGNAL | (more_follows_ ? MSG_MORE : 0));
    if (sent >= 0) return static_cast<int>(sent);
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      output_ = false;
      BIO_set_retry_write(bio_);
    } else {
      errno_ = errno;
    }
    return -1;
  }
}

Readiness SessionImpl::on_ready(Readiness ready) noexcept {
  if (ready.hang_up()) hung_up_ = true;
  if (ready.read()) input_ = true;
  if (ready.write()) output_ = true;
  std::uint32_t bits = ready.bits;
  if (ready.write() && read_wants_output_) bits |= Readiness::kRead;
  if (ready.read() && write_wants_input_) bits |= Readiness::kWrite;
  return Readiness{bits};
}

// What a call of OpenSSL says that did not do what it should.
SessionImpl::Transfer SessionImpl::fail(int result) noexcept {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
    return Transfer{Transfer::State::would_block};
  if (error == SSL_ERROR_ZERO_RETURN) return Transfer{Transfer::State::ended};
  Transfer failed{Transfer::State::failed, 0, errno_ != 0 ? errno_ : EPROTO};
  if (errno_ == 0 && failure_.empty()) {
    try {
      const int reason = ERR_GET_REASON(ERR_peek_last_error());
      const bool cut = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
      plain_http_ = reason == SSL_R_HTTP_REQUEST;
      if (cut) failed.error = ECONNABORTED;
      failure_ = cut ? "the peer's end came without TLS's own (close_notify): something may be missing"
                     : explain_openssl_error();
    } catch (const std::bad_alloc&) {
      // Then errno has to do.
    }
  }
  ERR_clear_error();
  broken_ = failed;
  return failed;
}

SessionImpl::Transfer SessionImpl::read(std::span<char> into) noexcept {
  if (end_) return *end_;
  if (!established_) return Transfer{Transfer::State::failed, 0, ENOTCONN};
  read_wants_output_ = false;
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &got);
    if (result == 1) {
      total += got;
      if (input_ || SSL_has_pending(ssl_.get()) == 1) continue;
      break;
    }
    const bool wants_output = SSL_want_write(ssl_.get());
    const Transfer transfer = fail(result);
    if (transfer.state == Transfer::State::would_block) {
      input_ = false;
      read_wants_output_ = wants_output;
      if (total == 0) return transfer;
      break;
    }
    end_ = transfer;
    if (total == 0) return transfer;
    break;
  }
  return Transfer{Transfer::State::moved, total};
}

// Encrypts and sends one record, or goes on with the one that has begun.
SessionImpl::Transfer SessionImpl::write_record(const char* bytes, std::size_t size,
                                                bool more_follows) noexcept {
  if (broken_) return *broken_;
  if (!established_) return Transfer{Transfer::State::failed, 0, ENOTCONN};
  if (end_wanted_ || end_sent_) return Transfer{Transfer::State::failed, 0, EPIPE};
  if (begun_ > 0) {
    if (!output_ && !write_wants_input_) return Transfer{Transfer::State::would_block};
    // It is encrypted already: OpenSSL wants its size alone.
    bytes = scratch;
    size = begun_;
  }
  write_wants_input_ = false;
  more_follows_ = more_follows;
  ERR_clear_error();
  std::size_t sent = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes, size, &sent);
  more_follows_ = false;
  if (result == 1) {
    begun_ = 0;
    return Transfer{Transfer::State::moved, sent};
  }
  write_wants_input_ = SSL_want_read(ssl_.get());
  const Transfer transfer = fail(result);
  if (transfer.state == Transfer::State::would_block) {
    begun_ = size;
  } else if (transfer.state == Transfer::State::ended) {
    return Transfer{Transfer::State::failed, 0, EPIPE};
  }
  return transfer;
}

SessionImpl::Transfer SessionImpl::write(std::string_view first, std::string_view second,
                                         bool more_follows) noexcept {
  std::size_t total = 0;
  while (!first.empty() || !second.empty()) {
    std::string_view piece = first.substr(0, kRecord);
    std::size_t from_second = 0;
    if (begun_ == 0 && piece.size() < kRecord && !second.empty()) {
      from_second = std::min(kRecord - piece.size(), second.size());
      if (piece.empty()) {
        piece = second.substr(0, from_second);
      } else {
        std::memcpy(scratch, piece.data(), piece.size());
        std::memcpy(scratch + piece.size(), second.data(), from_second);
        piece = std::string_view(scratch, piece.size() + from_second);
      }
    }
    const bool is_last = piece.size() == first.size() + second.size();
    const Transfer transfer = write_record(piece.data(), piece.size(), more_follows || !is_last);
    if (transfer.state != Transfer::State::moved)
      return total > 0 ? Transfer{Transfer::State::moved, total} : transfer;
    total += transfer.bytes;
    const std::size_t of_first = std::min(transfer.bytes, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(std::min(transfer.bytes - of_first, second.size()));
  }
  return Transfer{Transfer::State::moved, total};
}

SessionImpl::Transfer SessionImpl::send_file(int file, std::uint64_t offset, std::size_t size) noexcept {
  constexpr std::size_t kTurn = 16 * kRecord;
  std::size_t total = 0;
  size = std::min(size, kTurn);
  while (total < size) {
    ssize_t got = static_cast<ssize_t>(begun_);
    if (begun_ == 0) {
      got = pread(file, scratch, std::min(kRecord, size - total), static_cast<off_t>(offset + total));
      if (got < 0 && errno == EINTR) continue;
    }
    if (got <= 0) {
      if (total > 0) break;
      return got == 0 ? Transfer{Transfer::State::ended} : Transfer{Transfer::State::failed, 0, errno};
    }
    const auto length = static_cast<std::size_t>(got);
    const Transfer transfer = write_record(scratch, length, total + length < size);
    if (transfer.state != Transfer::State::moved) {
      if (total == 0) return transfer;
      break;
    }
    total += transfer.bytes;
  }
  return Transfer{Transfer::State::moved, total};
}

bool SessionImpl::end_writing() noexcept {
  if (!established_ || broken_ || end_sent_) return true;
  if (begun_ > 0) {
    end_wanted_ = false;  // for this record
    const Transfer transfer = write_record(nullptr, 0, false);
    end_wanted_ = transfer.state == Transfer::State::would_block;
    if (transfer.state != Transfer::State::moved) return !end_wanted_;
  }
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  end_wanted_ = result < 0 && SSL_want_write(ssl_.get());
  end_sent_ = !end_wanted_;
  ERR_clear_error();
  return end_sent_;
}

// ---- what is known of it

void SessionDeleter::operator()(Session* session) const noexcept {
  delete static_cast<SessionImpl*>(session);
}

static SSL* ssl_of(const Session* session) { return static_cast<const SessionImpl*>(session)->ssl(); }

std::string_view Session::version() const noexcept { return SSL_get_version(ssl_of(this)); }

std::string_view Session::cipher() const noexcept { return SSL_get_cipher_name(ssl_of(this)); }

std::string_view Session::alpn() const noexcept {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_of(this), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view Session::server_name() const noexcept {
  const char* name = SSL_get_servername(ssl_of(this), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

bool Session::resumed() const noexcept { return SSL_session_reused(ssl_of(this)) == 1; }

bool Session::stapled() const noexcept {
  const unsigned char* answer = nullptr;
  return SSL_ctrl(ssl_of(this), SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, static_cast<void*>(&answer)) > 0;
}

std::optional<Certificate> Session::peer_certificate() const {
  X509* const certificate = SSL_get0_peer_certificate(ssl_of(this));
  if (certificate == nullptr) return std::nullopt;
  return describe(certificate);
}

}  // namespace ngo::tls
