// One request and its answer on a server, whatever carries them: what HTTP/1.1 connections and HTTP/2 streams
// do alike. The transport (connection.hpp, http2/server_stream_impl.hpp) derives from this, reads the head,
// supplies the body's bytes and writes the answer; routing, the built-in steps, middleware, handler, limits
// of the body and the access log are here. The pipeline is described in connection.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/http/exchange.hpp"
#include "ngo/http/forwarded.hpp"
#include "ngo/http/params.hpp"
#include "ngo/http/shard.hpp"
#include "ngo/net/address.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::tls {
class Session;
}

namespace ngo::trace {
struct SpanData;
}

namespace ngo::http {

class BodyDecoder;
struct RequestKind;
struct MultipartLimits;

// Who is at the other end of a connection.
struct Peer {
  net::Address address;                    // the last hop, or whom its PROXY header names
  bool secure = false;                     // the connection is encrypted, by what is known
  const ngo::tls::Session* tls = nullptr;  // what was agreed on here
  std::string text;                        // of the address, once peer_text() was asked for
};

class Transaction : public BodySource {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] const net::Address& peer() const noexcept { return from_.address; }
  [[nodiscard]] const ngo::tls::Session* tls() const noexcept { return from_.tls; }
  [[nodiscard]] const MultipartLimits& multipart_limits() const noexcept;
  [[nodiscard]] ErrorBody error_body() const noexcept;
  // Who sends the request in progress, through trusted proxies.
  [[nodiscard]] Client client() const;

  // The next piece of the body of the request in progress.
  [[nodiscard]] Task<std::string_view> read() final;
  // The trailer fields of that body; null before its end, and where there are none.
  [[nodiscard]] virtual const HeaderTable* request_trailers() const noexcept = 0;
  // The handler of the request in progress, or the answer of the server itself; errors have become responses.
  [[nodiscard]] Task<void> call_handler(Response& response);

 protected:
  // The body of the request in progress, while it is not all there.
  struct IncomingBody {
    std::uint64_t total = 0;
    TimePoint began{};
    bool ended = true;
    bool failed = false;
    bool owes_continue = false;
    bool refused_coding = false;  // Content-Encoding is none that is taken here
    std::unique_ptr<BodyDecoder> decoder;
  };
  enum class Interception : unsigned char { none, preflight, maintenance };

  Transaction(Shard& shard, Peer& from) noexcept;
  ~Transaction();

  // ---- what the transport supplies
  // As read(), before decompression. Empty: the end.
  virtual Task<std::string_view> read_coded() = 0;
  // The body cannot be read further.
  virtual void body_broke() noexcept = 0;
  // Before an answer is framed: what becomes of a body that has not been read.
  virtual void settle_body() = 0;
  // After the answer.
  virtual Task<void> leave_body() = 0;
  virtual void write_response(const Response& response, bool head_only) = 0;
  // The parts of a streamed answer: its head, what its function writes to, its end, and an end before its
  // time. Only what is sound can still be ended.
  virtual void begin_stream(const Response& response, bool has_body) = 0;
  [[nodiscard]] virtual BodyWriter& stream_writer() noexcept = 0;
  virtual void end_stream() = 0;
  virtual void break_stream() noexcept = 0;
  [[nodiscard]] virtual bool stream_is_sound() const noexcept = 0;
  // The service has been draining for a while and does not wait for streams without an end.
  [[nodiscard]] virtual bool stopping() const noexcept = 0;
  virtual Task<void> write_file(const Response& response, bool head_only) = 0;

  // ---- from head to response (transaction.cpp)
  void begin_request();
  // Those that hold now; between two requests.
  void take_settings() noexcept {
    if (worker_settings_ == shard_.settings()) return;
    worker_settings_ = shard_.settings();
    settings_ = worker_settings_->shared.get();
  }
  // After end_steps(): the exchange is as new.
  void finish_request();
  // The client's own deadline, when it is sooner than the route's.
  void shorten_deadline();
  // Without a coroutine: for routes that are direct, with the body there. False: it takes respond().
  [[nodiscard]] bool make_direct_answer();
  Task<void> respond();
  void answer_without_route(Response& response) const;
  void set_body(std::string_view body) noexcept { exchange_->request.set_body(body); }

  // ---- a streamed answer (transaction_stream.cpp)
  // Throws what its function has thrown while nothing was sent: the answer can be another one then.
  Task<void> write_stream(const Response& response, bool head_only);
  // Before the first byte of its body.
  void begin_due_stream() {
    if (stream_due_ != nullptr) begin_stream(*std::exchange(stream_due_, nullptr), true);
  }

  // ---- the built-in steps (transaction_steps.cpp)
  void begin_steps();
  void answer_intercepted(Response& response);
  [[nodiscard]] const CompiledRoute& route_of_preflight(MethodSet& allowed) const;
  void render_failure(Response& response);
  void shape_errors(Response& response) const;
  [[nodiscard]] std::size_t step_heads_size() const noexcept;
  [[nodiscard]] char* write_step_heads(const Response& response, char* at) const noexcept;
  void end_steps(bool refused = false);
  void record_exchange();
  [[nodiscard]] RequestKind kind() const noexcept;
  [[nodiscard]] std::string_view counted_url() const noexcept;
  void begin_counting();
  void count_request(bool refused) noexcept;
  // ---- the span of the request (transaction_trace.cpp)
  void begin_trace();
  void end_trace() noexcept;
  [[nodiscard]] bool answers_with_trace() const noexcept;
  void describe(trace::SpanData& root) const;
  void describe_as_original(trace::SpanData& root) const;
  [[nodiscard]] std::int64_t request_size() const noexcept;
  // The host of the last hop; "unix" where that is a path, which is the client's to choose.
  [[nodiscard]] const std::string& peer_text() const;
  void write_access_log(bool refused);

  // ---- the body (transaction_body.cpp)
  void open_decoder();
  Task<void> read_whole_body();
  [[noreturn]] void fail_body(int status, std::string why);
  // Throws when `more` bytes would be too many.
  void check_body_size(std::uint64_t more);

  // What every request touches stands first and together: with many connections each line of the cache
  // counts.
  Shard& shard_;
  Peer& from_;
  std::unique_ptr<Exchange> exchange_;
  const ServerSettings* settings_;
  IncomingBody* incoming_ = nullptr;
  bool aborted_ = false;
  bool close_ = false;  // the connection ends with this answer
  bool client_gone_ = false;
  bool counted_ = false;

  // Of the answer in progress.
  bool records_ = false;  // for shard_.recent
  StepSet steps_;
  Interception intercepted_ = Interception::none;
  const Response* stream_due_ = nullptr;  // of which nothing has been sent
  bool endless_ = false;                  // it would go on for ever
  bool ended_by_drain_ = false;
  bool client_is_secure_ = false;  // where a step wants to know
  std::int16_t sent_status_ = 0;   // 0: no head yet
  std::uint64_t sent_body_ = 0;    // bytes
  TimePoint began_{};              // where a step wants it, as `took_`
  Duration took_{};                // once the steps end: the one that log, metric and span tell
  TraceIdentity kept_trace_;       // of a request whose trace is kept, once that is known: for exemplars
  trace::Recorder* recorder_ = nullptr;  // of a request that is traced
  const Cors* cors_ = nullptr;           // where it is on
  std::shared_ptr<WorkerSettings> worker_settings_;
};

}  // namespace ngo::http
