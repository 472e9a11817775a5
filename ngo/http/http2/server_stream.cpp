// One request of an HTTP/2 connection: its life, and its body.
#include <algorithm>
#include <utility>

#include "ngo/http/http2/server_session_impl.hpp"
#include "ngo/http/http2/server_stream_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"
#include "ngo/log/log.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::size_t kTrailerBytes = 8 * 1024;
constexpr std::size_t kTrailerFields = 32;

}  // namespace

ServerStream::ServerStream(ServerSession& session, Shard& shard, Peer& from)
    : Transaction(shard, from), session_(session) {}

void ServerStream::begin(std::int32_t id) {
  body_in_.ended = false;
  id_ = id;
  exchange_ = shard_.exchanges().take();
  exchange_->began = true;
  builder_.begin(exchange_->head, shard_.head_limits(), shard_.options().http2.max_header_list_size.bytes());
}

void ServerStream::reset() noexcept {
  has_head_ = no_body_ = running_ = closed_ = deferred_ = last_ = head_sent_ = false;
  late_ = false;
  ended_by_drain_ = endless_ = false;
  aborted_ = close_ = client_gone_ = client_is_secure_ = false;
  steps_ = StepSet();
  incoming_ = nullptr;
  body_in_ = IncomingBody();
  body_in_.ended = false;
  arrived_.release();
  given_.release();
  input_.reset();
  room_.reset();
  body_limit_ = TimePoint::max();
  trailers_in_.clear();
  trailers_text_.clear();
  rest_ = {};
  file_left_ = 0;
  out_.release();
  trailers_out_.clear();
}

void ServerStream::take_head(bool ends) noexcept {
  has_head_ = true;
  no_body_ = ends;
  body_in_.ended = ends;
}

bool ServerStream::take_trailer(std::string_view name, std::string_view value) {
  const KnownHeader known = known_header(name);
  if (trailers_text_.size() + name.size() + value.size() > kTrailerBytes ||
      trailers_in_.size() >= kTrailerFields)
    return false;
  if (is_forbidden_in_trailers(known)) return true;
  const auto at = static_cast<std::uint32_t>(trailers_text_.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  trailers_text_ += name;
  trailers_text_ += value;
  trailers_in_.add(known, at, name_size, at + name_size, static_cast<std::uint32_t>(value.size()));
  return true;
}

bool ServerStream::take_body(std::string_view bytes) {
  if (closed_ || body_in_.failed || (head_sent_ && !running_)) return false;
  arrived_.append(bytes);
  input_.set();
  return true;
}

void ServerStream::take_end() noexcept {
  body_in_.ended = true;
  trailers_in_.rebase(trailers_text_.data());
  input_.set();
}

const HeaderTable* ServerStream::request_trailers() const noexcept {
  return body_in_.ended && arrived_.empty() && !trailers_in_.empty() ? &trailers_in_ : nullptr;
}

void ServerStream::start() {
  if (!builder_.finish(no_body_)) return refuse(builder_.status(), builder_.reason());
  Exchange& exchange = *exchange_;
  begin_request();
  if (!no_body_) {
    incoming_ = &body_in_;
    body_in_.began = session_.now();
    body_in_.owes_continue = exchange.head.expect_continue() && arrived_.empty() && !body_in_.ended;
    if (exchange.head.headers().contains(KnownHeader::content_encoding)) open_decoder();
  }
  CurrentContext current(exchange.context);
  if (!can_answer_directly()) {
    run(this, false);
  } else {
    if (incoming_ != nullptr) set_body(arrived_.view());
    const bool head_only = exchange.head.method() == Method::head;
    if (!make_direct_answer()) {
      run(this, false);
    } else if (exchange.response.file() && write_one_piece(exchange.response, head_only)) {
      exchange.context.set_deadline(TimePoint::max());
    } else if (exchange.response.is_sent_by_pieces()) {
      run(this, true);
    } else {
      write_response(exchange.response, head_only);
    }
  }
  shard_.loop().name_work(nullptr);
}

// As for HTTP/1.1: a plain function as handler, no middleware, and all of the body is here.
bool ServerStream::can_answer_directly() const noexcept {
  const Exchange& exchange = *exchange_;
  if (!exchange.route->direct && intercepted_ == Interception::none) return false;
  if (incoming_ == nullptr) return true;
  if (exchange.route->tried) return false;
  return body_in_.ended && !body_in_.decoder && !body_in_.refused_coding &&
         arrived_.size() <= exchange.route->max_body;
}

detail::Root ServerStream::run(ServerStream* self_raw, bool answered) {
  ServerStream& self = *self_raw;
  ServerSession& session = self.session_;
  Exchange& exchange = *self.exchange_;
  self.running_ = true;
  session.started();
  CurrentContext::set(&exchange.context);
  try {
    if (!answered) {
      co_await self.respond();
    } else {
      exchange.context.set_deadline(TimePoint::max());
      const bool head_only = exchange.head.method() == Method::head;
      if (exchange.response.is_streamed()) {
        co_await self.write_stream(exchange.response, head_only);
      } else {
        co_await self.write_file(exchange.response, head_only);
      }
    }
  } catch (const std::exception& error) {
    if (!self.closed_) log::error("a request ended by a failure of the server's own: {}", error.what());
    self.client_gone_ = true;
  }
  CurrentContext::set(nullptr);
  self.running_ = false;
  if (self.closed_) {
    session.ended(self);
  } else if (!self.head_sent_) {
    self.break_stream();
  }
  session.finished();
}

// What was no request: an answer, and nothing else of what comes with one.
void ServerStream::refuse(int status, std::string_view why) {
  Response& response = exchange_->response;
  response.reset();
  render_problem(status, why, {}, response);
  shape_errors(response);
  steps_ = settings_->steps.for_refusals();
  client_is_secure_ = from_.secure;
  sent_body_ = 0;
  exchange_->id.text = {};
  body_in_.failed = true;
  write_response(response, false);
  end_steps(true);
}

Task<std::string_view> ServerStream::read_coded() {
  if (incoming_ == nullptr) {
    std::string_view whole = exchange_->request.body();
    set_body({});
    co_return whole;
  }
  IncomingBody& body = body_in_;
  give_back();
  if (body.failed) throw Error(Code::aborted, "the body of the request broke off");
  const std::optional<std::uint64_t> length = exchange_->head.content_length();
  const std::uint64_t limit = exchange_->route->max_body;
  if (length && *length > limit) {
    fail_body(status::kContentTooLarge, "the body has " + std::to_string(*length) + " bytes; " +
                                            std::to_string(limit) + " are allowed here");
  }
  const ServerOptions& options = settings_->options;
  for (;;) {
    if (!arrived_.empty()) {
      check_body_size(arrived_.size());
      body.total += arrived_.size();
      given_ = std::move(arrived_);
      co_return given_.view();
    }
    if (body.ended) co_return std::string_view();
    if (closed_ || aborted_) {
      body.failed = true;
      client_gone_ = true;
      throw Error(Code::cancelled, "the client broke off inside of the body");
    }
    if (std::exchange(body.owes_continue, false)) submit_continue();
    if (options.body_timeout > Duration::zero()) {
      body_limit_ =
          body.began + options.body_timeout + std::chrono::seconds(body.total / options.min_body_rate);
    }
    input_.reset();
    co_await input_.wait();
    body_limit_ = TimePoint::max();
    if (std::exchange(late_, false)) fail_body(status::kRequestTimeout, "the body did not come in time");
  }
}

// The handler has done with what the last read() gave out: the client may send as much again.
void ServerStream::give_back() noexcept {
  if (given_.empty()) return;
  session_.consumed(id_, given_.size());
  given_.release();
}

void ServerStream::body_is_late() noexcept {
  late_ = true;
  body_limit_ = TimePoint::max();
  input_.set();
}

void ServerStream::close() noexcept {
  if (closed_) return;
  closed_ = true;
  if (!head_sent_ || !last_ || !rest_.empty() || !out_.empty() || file_left_ != 0) client_gone_ = true;
  if (!running_) return session_.ended(*this);
  input_.set();
  room_.set();
  if (client_gone_ && settings_->options.cancel_on_disconnect) exchange_->context.cancel();
}

void ServerStream::abort() noexcept {
  aborted_ = true;
  if (running_) exchange_->context.cancel();
  close();
}

void ServerStream::drain() noexcept {
  if (!endless_) return;
  ended_by_drain_ = true;
  exchange_->context.cancel();
}

// Its bytes count against the window of the connection until here.
void ServerStream::end() noexcept {
  end_steps();
  give_back();
  if (!arrived_.empty()) session_.consumed(id_, arrived_.size());
  finish_request();
  shard_.exchanges().give(std::move(exchange_));
  reset();
}

}  // namespace ngo::http::http2
