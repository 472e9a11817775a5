// One request of an HTTP/2 connection and its answer. Lives until both the handler and the stream have ended:
// a client that resets the stream does not end the handler at once, and an answer that is complete may still
// have to leave.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/http2/head_builder_impl.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/transaction.hpp"
#include "ngo/net/buffer.hpp"
#include "ngo/runtime/sync.hpp"

namespace ngo::http {
struct FileSource;
}

namespace ngo::http::http2 {

class ServerSession;
struct InReady;  // tag

class ServerStream final : public Transaction,
                           public Link<ServerStream>,
                           public Link<InReady>,
                           private BodyWriter {
 public:
  ServerStream(ServerSession& session, Shard& shard, Peer& from);
  ~ServerStream() = default;

  // A new request.
  void begin(std::int32_t id);

  [[nodiscard]] std::int32_t id() const noexcept { return id_; }
  [[nodiscard]] HeadBuilder& builder() noexcept { return builder_; }
  [[nodiscard]] bool has_head() const noexcept { return has_head_; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  // ---- what comes from the client
  void take_head(bool ends) noexcept;
  // False: too much.
  [[nodiscard]] bool take_trailer(std::string_view name, std::string_view value);
  // False: nobody wants it any more.
  bool take_body(std::string_view bytes);
  void take_end() noexcept;
  [[nodiscard]] bool client_has_ended() const noexcept { return body_in_.ended; }
  // The stream is over, for the client or for the whole connection.
  void close() noexcept;
  void abort() noexcept;
  void drain() noexcept;
  // After both have ended: what follows an answer, and back to a new one.
  void end() noexcept;

  // Has the request answered, by a coroutine where that takes one.
  void start();

  // ---- what goes to the client
  // How much of the answer is there, up to `most`; tells whether that is all of it.
  // What comes from a file then stands in the room of the output, behind that for the head of a frame.
  [[nodiscard]] std::size_t available(std::size_t most, bool& last);
  // Appends so much of it to the output.
  void give(std::size_t bytes, net::Buffer& output);
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& trailers() const noexcept {
    return trailers_out_;
  }
  void defer() noexcept { deferred_ = true; }

  // ---- limits of time
  // When the body that its handler waits for is overdue.
  [[nodiscard]] TimePoint body_limit() const noexcept { return body_limit_; }
  void body_is_late() noexcept;
  // Since when something has been waiting to leave without any of it leaving.
  [[nodiscard]] TimePoint stalled_since() const noexcept;

  [[nodiscard]] const HeaderTable* request_trailers() const noexcept override;

 private:
  static detail::Root run(ServerStream* self, bool answered);
  static detail::Root read_from_disk(ServerStream* self);
  void reset() noexcept;
  [[nodiscard]] bool can_answer_directly() const noexcept;
  void refuse(int status, std::string_view why);
  void submit(const Response& response, std::optional<std::uint64_t> length, bool has_body);
  void add_step_heads(const Response& response, std::vector<nghttp2_nv>& fields);
  void submit_continue() noexcept;
  void give_back() noexcept;
  void resume() noexcept;
  void check_open() const;
  // False: there is more to it than one piece of a file.
  [[nodiscard]] bool write_one_piece(const Response& response, bool head_only);
  [[nodiscard]] std::size_t read_file(std::size_t most, bool& last);
  Task<void> write_piece(const FileSource& source, std::uint64_t offset, std::uint64_t length);

  // Transaction
  Task<std::string_view> read_coded() override;
  void body_broke() noexcept override {}
  void settle_body() override {}
  Task<void> leave_body() override { co_return; }
  void write_response(const Response& response, bool head_only) override;
  void begin_stream(const Response& response, bool has_body) override;
  [[nodiscard]] BodyWriter& stream_writer() noexcept override { return *this; }
  void end_stream() override;
  void break_stream() noexcept override;
  [[nodiscard]] bool stream_is_sound() const noexcept override { return !closed_; }
  [[nodiscard]] bool stopping() const noexcept override;
  Task<void> write_file(const Response& response, bool head_only) override;

  // BodyWriter
  Task<void> write(std::string_view piece) override;
  Task<void> flush() override;
  void trailer(std::string name, std::string value) override;

  ServerSession& session_;
  HeadBuilder builder_;
  std::int32_t id_ = 0;
  bool has_head_ = false;
  bool no_body_ = false;
  bool running_ = false;  // the coroutine of its handler
  bool closed_ = false;
  bool deferred_ = false;  // the library waits for resume()
  bool last_ = false;      // nothing follows what is in rest_, out_ and the file
  bool head_sent_ = false;
  bool late_ = false;
  IncomingBody body_in_;
  net::Buffer arrived_;  // of the body, not yet given to the handler
  net::Buffer given_;    // given to the handler by the last read()
  Event input_;
  TimePoint body_limit_ = TimePoint::max();
  HeaderTable trailers_in_;
  std::string trailers_text_;
  std::string_view rest_;             // of a body that lies in the response
  net::Buffer out_;                   // of one that is streamed
  const FileSource* file_ = nullptr;  // of one that lies in a file, behind out_: the response holds it
  std::uint64_t file_at_ = 0;
  std::uint64_t file_left_ = 0;
  Event room_;
  TimePoint progress_{};
  std::vector<std::pair<std::string, std::string>> trailers_out_;
};

}  // namespace ngo::http::http2
