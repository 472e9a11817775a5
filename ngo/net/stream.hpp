// A connected socket on a loop. The try_ functions never wait; the awaitables wait for the kernel's edge. One
// coroutine may read and one may write at a time. Belongs to one loop. With start_tls() everything that
// follows is encrypted, and nothing else changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ngo/net/buffer.hpp"
#include "ngo/net/socket.hpp"
#include "ngo/net/tls_context.hpp"
#include "ngo/net/tls_session.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo::net {

class Stream final : private IoHandler {
 public:
  // What a transfer that must not wait came to.
  struct Transfer {
    enum class State : unsigned char { moved, would_block, ended, failed };
    State state;
    std::size_t bytes = 0;  // when moved
    int error = 0;          // errno, when failed
  };

  // Takes the socket and registers it. Throws Error{resource_exhausted}.
  Stream(EventLoop& loop, Socket socket);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // Reads what is there. A read shorter than asked means that the kernel has no more: no second look.
  Transfer try_read(std::span<char> into) noexcept;
  // After would_block the next write must begin with the same bytes: TLS has encrypted them already.
  Transfer try_write(std::string_view bytes) noexcept;
  // Two pieces in one call.
  Transfer try_write(std::string_view first, std::string_view second) noexcept;
  // As try_write(), with more to follow at once: the kernel waits for it to fill the packet.
  Transfer try_write_more(std::string_view bytes) noexcept;
  // Sends up to `size` bytes of a file from `offset` on, without copying them (with TLS: by pieces,
  // encrypted). Ended: the file has no more. May wait for pages that are not in memory. SIGPIPE must be
  // ignored.
  Transfer try_send_file(int file, std::uint64_t offset, std::size_t size) noexcept;

  class [[nodiscard]] Ready final : public Waiter {
   public:
    Ready(Ready*& slot, const bool& ready) noexcept : slot_(slot), ready_(ready) {}
    [[nodiscard]] bool await_ready() const {
      check_cancelled();
      return ready_;
    }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      suspend(handle);
      slot_ = this;
    }
    // True: worth trying. False: woken by interrupt().
    bool await_resume() {
      if (slot_ == this) slot_ = nullptr;
      finish();
      return ready_;
    }

   private:
    bool abandon() noexcept override {
      slot_ = nullptr;
      return true;
    }
    Ready*& slot_;
    const bool& ready_;
  };

  // Waits until reading is worth a try (bytes, the end, or an error).
  Ready readable() noexcept { return Ready(reader_, readable_); }
  Ready writable() noexcept { return Ready(writer_, writable_); }
  // Whether the kernel has announced something that has not been read.
  [[nodiscard]] bool has_news() const noexcept { return readable_; }
  // The peer has closed its side, or the connection is broken.
  [[nodiscard]] bool hung_up() const noexcept { return hung_up_; }
  // Ends a pending readable() or writable() with false.
  void interrupt() noexcept;

  // Waits for at least one byte; 0 at the end. Throws Error{unavailable} when the connection breaks.
  [[nodiscard]] Task<std::size_t> read_some(std::span<char> into);
  // Writes all. Throws Error{unavailable} when the connection breaks.
  [[nodiscard]] Task<void> write_all(std::string_view bytes);

  // No more will be written; the peer reads the end after what was sent. With TLS the end says that it is the
  // end (close_notify), which a stream that is only destroyed does not say.
  void shutdown_write() noexcept;

  // Makes the rest of the connection TLS, as the side that calls: sends the first word, checks the server's
  // certificate (context, options.server_name). Within context.options().handshake_timeout and the Context's
  // deadline. Nothing may be in flight in plain text: what has been read and not asked for would be lost. The
  // context may go afterwards. Throws Error{unavailable}, or {internal} with the field "certificate" when
  // the certificate is refused: expired, not_yet_valid, wrong_host, self_signed, unknown_issuer, revoked,
  // no_crl, wrong_purpose or invalid. Nothing can be sent or read after that.
  [[nodiscard]] Task<void> start_tls(const tls::ClientContext& context, tls::ClientOptions options);
  // The same as the side that is called. `received`: what has been read already and belongs to the handshake.
  [[nodiscard]] Task<void> start_tls(const tls::ServerContext& context, std::string_view received = {});
  // What was agreed on; null without TLS, and before the handshake has ended.
  [[nodiscard]] const tls::Session* tls() const noexcept;
  // A transfer that has failed, as an exception to throw.
  [[nodiscard]] Error broken(const Transfer& transfer) const;
  [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }

  // Told when the peer hangs up while nobody reads, for example while a handler works. One listener.
  class HangUpListener {
   public:
    virtual void on_hang_up() noexcept = 0;

   protected:
    ~HangUpListener() = default;
  };
  void set_hang_up_listener(HangUpListener* listener) noexcept { hang_up_listener_ = listener; }

 private:
  void on_ready(Readiness ready) noexcept override;
  Transfer cannot_write() noexcept;

  // (stream_tls.cpp)
  Task<void> shake_hands(Duration limit);
  Task<void> shake_hands_now();
  Transfer tls_read(std::span<char> into) noexcept;
  Transfer tls_wrote(Transfer transfer) noexcept;
  Transfer tls_write(std::string_view first, std::string_view second, bool more_follows) noexcept;
  Transfer tls_send_file(int file, std::uint64_t offset, std::size_t size) noexcept;
  void tls_shutdown_write() noexcept;
  [[nodiscard]] Readiness tls_news(Readiness ready) noexcept;

  EventLoop& loop_;
  Socket socket_;
  bool readable_ = true;  // not known to be drained
  bool writable_ = true;  // not known to be full
  bool hung_up_ = false;
  Ready* reader_ = nullptr;
  Ready* writer_ = nullptr;
  HangUpListener* hang_up_listener_ = nullptr;
  tls::SessionPointer tls_;
};

// Connects, from the address `from` when that is one; the Context's deadline holds. Throws
// Error{unavailable} with the reason. To a host by its name: ngo/net/connect.hpp.
[[nodiscard]] Task<Socket> connect(const Address& address, Address from = {});

}  // namespace ngo::net
