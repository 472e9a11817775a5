// One connection of an HTTP/1.1 server: reads requests, has them answered in order, writes the answers.
//
// The pipeline, in the order in which a request passes it. Steps with a * are switched by the configuration
// and by route; they are plain code around the handler, so that a handler which is a plain function is called
// without a coroutine whatever is on. (0, 1: connection.cpp; 2 to 4, 10 to 12: connection_answer.cpp; 5 to 8,
// 13, 16: connection_steps.cpp; 9: connection_body.cpp; 14, 15: connection_write.cpp, connection_file.cpp)
//   0. PROXY header *  once for a connection from a trusted proxy, before anything asks who is there
//   0. TLS *           the handshake, within a limit of time of its own (connection_tls.cpp)
//   1. head            parsed and checked first, so that nothing later sees a request whose end is in doubt
//   2. route           which handler; before the body, so that its limits hold for the body
//   3. count           in flight from here on: a stop waits for it; probes are not counted
//   4. deadline        the Context of the request; armed only if something really waits
//   5. clock *         read once, if access log or Server-Timing tell durations
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
//  16. access log *    when the answer is complete, so that status, bytes and time are those that were; also
//                      for refused heads and for clients that went away
// Nothing is done about ";" in a query: only "&" separates, so "q=a;b" is one value without a step for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/http/chunked.hpp"
#include "ngo/http/exchange.hpp"
#include "ngo/http/forwarded.hpp"
#include "ngo/http/params.hpp"
#include "ngo/http/shard.hpp"
#include "ngo/net/buffer.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

struct FileSource;
class BodyDecoder;
struct MultipartLimits;

class Connection final : public Link<Connection>,
                         public BodySource,
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

  [[nodiscard]] const net::Address& peer() const noexcept { return peer_; }
  [[nodiscard]] Exchange& exchange() noexcept { return *exchange_; }
  [[nodiscard]] const MultipartLimits& multipart_limits() const noexcept;
  [[nodiscard]] ErrorBody error_body() const noexcept;
  [[nodiscard]] const ngo::tls::Session* tls() const noexcept { return stream_.tls(); }
  // Who sends the request in progress, through trusted proxies.
  [[nodiscard]] Client client() const;

  // The next piece of the body of the request in progress.
  [[nodiscard]] Task<std::string_view> read() override;
  // The trailer fields of that body; null before its end, and for a body without chunks.
  [[nodiscard]] const HeaderTable* request_trailers() const noexcept {
    return body_ && body_->ended && body_->chunks ? &body_->chunks->trailers() : nullptr;
  }
  // The handler of the request in progress, or the answer of the server itself; errors have become responses.
  [[nodiscard]] Task<void> call_handler(Response& response);

 private:
  enum class Phase : unsigned char { idle, head, body, handler, write, linger };
  enum class Head : unsigned char { need_more, complete, refused };

  Connection(Shard& shard, net::Socket socket, net::Address peer);
  static detail::Root run(Connection* self);
  Task<void> linger();

  // ---- reading (connection.cpp)
  [[nodiscard]] Head parse();
  [[nodiscard]] Head take_proxy_header();
  void enter(Phase phase) noexcept;
  void on_timer() noexcept;

  void refuse(int status, std::string_view why);

  // ---- TLS (connection_tls.cpp)
  Task<void> begin_tls();
  Task<void> read_proxy_header();
  void log_no_tls(const Error& error);

  // ---- one request (connection_answer.cpp)
  void begin_request();
  void end_request();
  [[nodiscard]] bool can_answer_directly() const noexcept;
  [[nodiscard]] bool answer_directly();
  Task<void> stream_answer();
  Task<void> answer();
  Task<void> respond();
  void answer_without_route(Response& response) const;
  void on_hang_up() noexcept override;

  // ---- the built-in steps (connection_steps.cpp)
  enum class Interception : unsigned char { none, preflight, maintenance };
  void begin_steps();
  void answer_intercepted(Response& response);
  [[nodiscard]] const CompiledRoute& route_of_preflight(MethodSet& allowed) const;
  void render_failure(Response& response);
  void shape_errors(Response& response) const;
  [[nodiscard]] std::size_t step_heads_size() const noexcept;
  [[nodiscard]] char* write_step_heads(const Response& response, char* at) const noexcept;
  void end_steps(bool refused = false);

  // ---- its body (connection_body.cpp)
  void open_body();
  void open_decoder();
  Task<std::string_view> read_coded();
  Task<void> read_whole_body();
  Task<std::size_t> receive_body_bytes();
  [[noreturn]] void fail_body(int status, std::string why);
  void settle_body();
  Task<void> leave_body();

  // ---- writing (connection_write.cpp)
  void write_head(const Response& response, std::optional<std::uint64_t> length, bool chunked);
  void write_response(const Response& response, bool head_only);
  Task<void> write_stream(const Response& response, bool head_only);
  // (connection_file.cpp)
  Task<void> write_file(const Response& response, bool head_only);
  Task<void> write_small_piece(const FileSource& source, std::uint64_t offset, std::size_t length);
  Task<void> send_piece(const FileSource& source, std::uint64_t offset, std::uint64_t length);
  Task<void> wait_writable();

  Task<void> write(std::string_view piece) override;
  Task<void> flush() override;
  Task<void> send_all(std::string_view bytes);
  void trailer(std::string name, std::string value) override;
  [[nodiscard]] bool flush_now() noexcept;

  // What every request touches stands first and together: with many connections each line of the cache
  // counts.
  Shard& shard_;
  net::Stream stream_;
  net::Buffer in_;   // bytes from the present request's first byte on
  net::Buffer out_;  // answers that have not been sent
  std::unique_ptr<Exchange> exchange_;
  CallbackTimer<Connection, &Connection::on_timer> timer_{this};
  TimePoint limit_ = TimePoint::max();  // of the present phase; the timer follows lazily
  Phase phase_ = Phase::idle;
  bool timed_out_ = false;
  bool draining_ = false;
  bool stopping_ = false;  // drained for the second time: the service will not wait much longer
  bool aborted_ = false;
  bool close_ = false;  // after what is in out_
  bool client_gone_ = false;
  bool counted_ = false;
  bool expects_proxy_header_ = false;  // and has not read it
  bool secure_ = false;                // by TLS, here or by what the PROXY header says
  Context context_;
  net::Address peer_;

  // Of the answer in progress.
  StepSet steps_;
  Interception intercepted_ = Interception::none;
  bool client_is_secure_ = false;  // where a step wants to know
  std::int16_t sent_status_ = 0;   // 0: no head yet
  std::uint64_t sent_body_ = 0;    // bytes
  TimePoint began_{};              // where a step wants it
  const Cors* cors_ = nullptr;     // where it is on
  std::string peer_text_;          // made when a line of the access log first wants it

  // The body of the request in progress, while it is not all in in_.
  struct BodyState {
    net::Buffer bytes;  // from the wire, behind the head
    std::optional<ChunkedDecoder> chunks;
    std::uint64_t remaining = 0;  // by Content-Length
    std::uint64_t total = 0;
    std::size_t given = 0;  // of `bytes`, given out by the last read()
    TimePoint began{};
    bool ended = true;
    bool failed = false;
    bool owes_continue = false;
    bool refused_coding = false;  // Content-Encoding is none that is taken here
    std::unique_ptr<BodyDecoder> decoder;
  };
  std::unique_ptr<BodyState> body_;

  // The streamed response in progress.
  const Response* endless_ = nullptr;  // it would go on for ever
  bool ended_by_drain_ = false;
  bool torn_ = false;  // a piece has been sent in part
  bool chunked_ = false;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace ngo::http
