// One connection of an HTTP/1.1 server: reads requests, has them answered in order, writes the answers.
//
// The pipeline, in the order in which a request passes it. Steps with a * are switched by the configuration
// and by route; they are plain code around the handler, so that a handler which is a plain function is called
// without a coroutine whatever is on. What a Transaction does is the same for HTTP/2 (http2/). (0, 1:
// connection.cpp; 2 to 4, 10 to 12: transaction.cpp; 5 to 8, 13, 16: transaction_steps.cpp; 9:
// connection_body.cpp, transaction_body.cpp; 14, 15: connection_write.cpp, connection_file.cpp)
//   0. PROXY header *  once for a connection from a trusted proxy, before anything asks who is there
//   0. TLS *           the handshake, within a limit of time of its own (connection_tls.cpp)
//   1. head            parsed and checked first, so that nothing later sees a request whose end is in doubt
//   2. route           which handler; before the body, so that its limits hold for the body
//   3. count           in flight from here on: a stop waits for it; probes are not counted
//   4. deadline        the Context of the request; armed only if something really waits
//   5. clock *         where metrics, access log or Server-Timing tell durations: counted from what the loop
//                      knows of the time, read once at the end; metrics count the request as active
//   6. request id *    before anything that could write a line of a log or a problem body
//   7. CORS *          outside of maintenance and middleware: a preflight has no credentials and would be
//                      refused, and a page can only read a refusal that has the headers
//   8. maintenance *   before the body is read and before the service's own code
//   9. body            read whole where the handler wants it so, else left on the wire
//  10. middleware      the service's, then the groups', outermost first; also around 404 and 405
//  11. handler         parameters are read, the function is called, its result becomes the response; what it
//                      throws becomes a problem body inside of the middleware, which so sees what the client
//                      will see; a deadline that passed becomes the timeout's answer outside of it
//  12. compression *   outside of all that may still change the body, before its length is counted
//                      (compression.cpp)
//  13. heads *         request id, security headers, CORS, Server-Timing are appended to the finished head:
//                      also to refusals, 404, 503 and whatever a middleware has made of the response
//  14. framing         length or chunks, Date, Connection; last, since only the server knows what follows
//  15. send            once for everything that was buffered (pipelining)
//  16. metrics *,      when the answer is complete, so that status, bytes and time are those that were; also
//      access log *    for refused heads and for clients that went away. Both tell the same duration
// Nothing is done about ";" in a query: only "&" separates, so "q=a;b" is one value without a step for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/http/chunked.hpp"
#include "ngo/http/transaction.hpp"
#include "ngo/net/buffer.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

struct FileSource;
namespace http2 {
class ServerSession;
}

class Connection final : public Link<Connection>,
                         public Transaction,
                         private BodyWriter,
                         private net::Stream::HangUpListener {
 public:
  // Serves the socket until it ends; the connection owns itself.
  static void start(Shard& shard, net::Socket socket, net::Address peer);
  ~Connection();

  // Close when idle, or after the present answer.
  void drain() noexcept;
  // Break now.
  void abort() noexcept;

  [[nodiscard]] const HeaderTable* request_trailers() const noexcept override {
    return body_ && body_->ended && body_->chunks ? &body_->chunks->trailers() : nullptr;
  }

 private:
  enum class Phase : unsigned char { idle, head, body, handler, write, linger };
  enum class Head : unsigned char { need_more, complete, refused, http2 };

  Connection(Shard& shard, net::Socket socket, net::Address peer);
  static detail::Root run(Connection* self);
  Task<void> linger();

  // ---- reading (connection.cpp)
  [[nodiscard]] Head parse();
  [[nodiscard]] Head take_proxy_header();
  void enter(Phase phase) noexcept;
  void on_timer() noexcept;

  void refuse(int status, std::string_view why);
  [[nodiscard]] bool begins_http2() noexcept;
  Task<void> serve_http2();

  // ---- TLS (connection_tls.cpp)
  Task<void> begin_tls();
  Task<void> read_proxy_header();
  void log_no_tls(const Error& error);

  // ---- one request (connection_answer.cpp)
  void end_request();
  [[nodiscard]] bool can_answer_directly() const noexcept;
  // by_pieces: the response is a stream or a file, which stream_answer() writes; later: answer() has to.
  enum class Direct : unsigned char { written, by_pieces, later };
  [[nodiscard]] Direct answer_directly();
  Task<void> stream_answer();
  Task<void> answer();
  void on_hang_up() noexcept override;

  // ---- its body (connection_body.cpp)
  void open_body();
  Task<std::string_view> read_coded() override;
  Task<std::size_t> receive_body_bytes();
  void body_broke() noexcept override;
  void settle_body() override;
  Task<void> leave_body() override;

  // ---- writing (connection_write.cpp)
  void write_head(const Response& response, std::optional<std::uint64_t> length, bool chunked);
  void write_response(const Response& response, bool head_only) override;
  void begin_stream(const Response& response, bool has_body) override;
  [[nodiscard]] BodyWriter& stream_writer() noexcept override { return *this; }
  void end_stream() override;
  void break_stream() noexcept override;
  [[nodiscard]] bool stream_is_sound() const noexcept override { return !torn_; }
  [[nodiscard]] bool stopping() const noexcept override { return stopping_; }
  // (connection_file.cpp)
  Task<void> write_file(const Response& response, bool head_only) override;
  Task<void> write_small_piece(const FileSource& source, std::uint64_t offset, std::size_t length);
  Task<void> send_piece(const FileSource& source, std::uint64_t offset, std::uint64_t length);
  Task<void> wait_writable();

  Task<void> write(std::string_view piece) override;
  Task<void> flush() override;
  // What has been written until now.
  Task<void> send();
  Task<void> send_all(std::string_view bytes);
  void trailer(std::string name, std::string value) override;
  [[nodiscard]] bool flush_now() noexcept;

  net::Stream stream_;
  net::Buffer in_;   // bytes from the present request's first byte on
  net::Buffer out_;  // answers that have not been sent
  CallbackTimer<Connection, &Connection::on_timer> timer_{this};
  TimePoint limit_ = TimePoint::max();  // of the present phase; the timer follows lazily
  Phase phase_ = Phase::idle;
  bool timed_out_ = false;
  bool draining_ = false;
  bool stopping_ = false;              // drained for the second time: the service will not wait much longer
  bool fresh_ = true;                  // nothing has been answered
  bool expects_proxy_header_ = false;  // and has not read it
  Context context_;
  Peer who_;
  std::unique_ptr<http2::ServerSession> http2_;  // all is its business then

  // The body of the request in progress, while it is not all in in_.
  struct BodyState : IncomingBody {
    net::Buffer bytes;  // from the wire, behind the head
    std::optional<ChunkedDecoder> chunks;
    std::uint64_t remaining = 0;  // by Content-Length
    std::size_t given = 0;        // of `bytes`, given out by the last read()
  };
  std::unique_ptr<BodyState> body_;

  // The streamed response in progress.
  bool torn_ = false;  // a piece has been sent in part
  bool chunked_ = false;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace ngo::http
