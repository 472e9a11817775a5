// One TLS connection: OpenSSL's state machine between a stream's plain bytes and its socket. Nothing here
// waits. OpenSSL reads and writes by a BIO of our own, which remembers what the kernel has said, so that the
// edges of epoll (architecture, 3.12) hold for the plain bytes as well: has_input() is true for as long as
// reading is worth a try, be it that the kernel has bytes, or that a record has been read and not given out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/net/tls_context.hpp"
#include "ngo/net/tls_openssl_impl.hpp"
#include "ngo/net/tls_session.hpp"

namespace ngo::tls {

class ResumptionStore;
struct ServerSnapshot;

class SessionImpl final : public Session {
 public:
  // `received` are bytes of the peer that have been read from the socket already.
  SessionImpl(int descriptor, const ServerContext& context, std::string_view received);
  // Throws Error{invalid_argument} where it is not clear whom to expect.
  SessionImpl(int descriptor, const ClientContext& context, const ClientOptions& options);
  ~SessionImpl();

  [[nodiscard]] static SessionImpl& of(const SSL* ssl) noexcept;
  // OpenSSL's question about each certificate of the peer's chain; remembers what is wrong, in words.
  static int on_verify(int good, X509_STORE_CTX* chain);

  // ---- the handshake
  enum class Step : unsigned char { done, wants_input, wants_output, failed };
  [[nodiscard]] Step shake_hands() noexcept;
  [[nodiscard]] bool established() const noexcept { return established_; }
  // After failed: what was wrong, and with whom.
  [[nodiscard]] Error handshake_error() const;
  // It will not come to its end: all transfers fail from now on.
  void give_up() noexcept;

  // ---- transfers, as those of Stream
  using Transfer = net::Stream::Transfer;
  [[nodiscard]] Transfer read(std::span<char> into) noexcept;
  [[nodiscard]] Transfer write(std::string_view first, std::string_view second, bool more_follows) noexcept;
  [[nodiscard]] Transfer send_file(int file, std::uint64_t offset, std::size_t size) noexcept;
  // Why a transfer has failed; empty where the kernel's errno says it all.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  // Sends close_notify after all that was taken. False: it waits for the kernel to take more.
  [[nodiscard]] bool end_writing() noexcept;

  // ---- the kernel's news
  // What it means for the stream: an edge of one direction may be what the other one waited for.
  [[nodiscard]] Readiness on_ready(Readiness ready) noexcept;
  [[nodiscard]] bool has_input() const noexcept { return input_ || end_ || SSL_has_pending(ssl_.get()) == 1; }
  [[nodiscard]] bool wants_end() const noexcept { return end_wanted_; }

  // Puts a session that the server offers into the store. False: not taken over.
  [[nodiscard]] bool keep(SSL_SESSION* session);
  [[nodiscard]] SSL* ssl() const noexcept { return ssl_.get(); }

  static constexpr std::size_t kRecord = 16 * 1024;  // plain bytes of one record at most (RFC 8446, 5.1)

 private:
  friend struct SocketBio;
  SessionImpl(int descriptor, SSL_CTX* context);
  SessionImpl(int descriptor, std::shared_ptr<const ServerSnapshot> snapshot, std::string_view received);
  int receive(char* into, int size) noexcept;
  int send(const char* bytes, int size) noexcept;
  [[nodiscard]] Transfer write_record(const char* bytes, std::size_t size, bool more_follows) noexcept;
  [[nodiscard]] Transfer fail(int result) noexcept;

  SslPointer ssl_;
  BIO* bio_;  // ssl_ owns it
  const int descriptor_;
  bool input_ = true;   // not known to be drained
  bool output_ = true;  // not known to be full
  bool hung_up_ = false;
  bool at_end_ = false;  // the kernel has no more, for ever
  bool more_follows_ = false;
  bool established_ = false;
  bool read_wants_output_ = false;
  bool write_wants_input_ = false;
  bool end_wanted_ = false;
  bool end_sent_ = false;
  bool plain_http_ = false;  // is what came instead of a handshake
  int errno_ = 0;
  std::size_t begun_ = 0;        // plain bytes of a record that is encrypted and not all sent
  std::optional<Transfer> end_;  // of reading
  std::optional<Transfer> broken_;
  std::string failure_;
  std::string refusal_;  // what is wrong with the peer's certificate, in a word: "expired"
  std::string received_;
  std::string peer_name_;
  std::string key_;  // in the store
  std::shared_ptr<ResumptionStore> store_;
  std::shared_ptr<const ServerSnapshot> snapshot_;
};

}  // namespace ngo::tls
