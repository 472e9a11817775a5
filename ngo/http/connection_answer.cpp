// Steps 2 to 4 and 10 to 12 of the pipeline in connection.hpp, as far as they differ for HTTP/1.1: when an
// answer needs no coroutine, and what follows it.
#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/http/server.hpp"

namespace ngo::http {

void Connection::end_request() {
  end_steps();
  fresh_ = false;
  trailers_.clear();
  if (body_) {
    // Only the head was left in in_; what follows the body begins the next request.
    in_ = std::move(body_->bytes);
    body_.reset();
  } else {
    in_.consume(exchange_->head.size() + exchange_->head.content_length().value_or(0));
  }
  finish_request();
}

// Without a coroutine: a plain function as handler, no middleware, and all bytes that it needs are here.
bool Connection::can_answer_directly() const noexcept {
  const Exchange& exchange = *exchange_;
  if (!exchange.route->direct && intercepted_ == Interception::none) return false;
  const RequestHead& head = exchange.head;
  if (!head.has_body()) return true;
  if (exchange.route->tried) return false;
  if (head.headers().contains(KnownHeader::content_encoding)) return false;
  return !head.chunked() && *head.content_length() <= exchange.route->max_body &&
         in_.size() - head.size() >= *head.content_length();
}

Connection::Direct Connection::answer_directly() {
  Exchange& exchange = *exchange_;
  CurrentContext::set(&exchange.context);
  if (exchange.head.has_body()) {
    set_body({in_.data() + exchange.head.size(), *exchange.head.content_length()});
  }
  const bool answered = make_direct_answer();
  CurrentContext::set(&context_);
  if (!answered) return Direct::later;
  if (exchange.response.is_sent_by_pieces()) return Direct::by_pieces;
  write_response(exchange.response, exchange.head.method() == Method::head);
  return Direct::written;
}

Task<void> Connection::stream_answer() {
  Exchange& exchange = *exchange_;
  phase_ = Phase::handler;
  limit_ = TimePoint::max();
  CurrentContext::set(&exchange.context);
  exchange.context.set_deadline(TimePoint::max());
  const bool head_only = exchange.head.method() == Method::head;
  if (exchange.response.is_streamed()) {
    co_await write_stream(exchange.response, head_only);
  } else {
    co_await write_file(exchange.response, head_only);
  }
  CurrentContext::set(&context_);
}

Task<void> Connection::answer() {
  Exchange& exchange = *exchange_;
  if (exchange.head.has_body()) open_body();
  phase_ = Phase::handler;
  limit_ = TimePoint::max();
  CurrentContext::set(&exchange.context);
  co_await respond();
  CurrentContext::set(&context_);
}

void Connection::on_hang_up() noexcept {
  if (phase_ != Phase::handler || !exchange_ || !settings_->options.cancel_on_disconnect) return;
  client_gone_ = true;
  exchange_->context.cancel();
}

}  // namespace ngo::http
