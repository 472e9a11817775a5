// Steps 2 to 4 and 10 to 12 of the pipeline in connection.hpp: one request from its head to its response.
#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/compression.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"

namespace ngo {

Task<Response> Next::operator()() const {
  if (position_ < chain_->around.size()) {
    co_return co_await chain_->around[position_]->run(*request_, Next(*request_, *chain_, position_ + 1));
  }
  Response response;
  co_await request_->connection().call_handler(response);
  co_return response;
}

namespace http {

void Connection::begin_request() {
  Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  Server& server = shard_.server();

  const RouteTable& routes = server.routes();
  if (routes.router().match(head.method(), head.path(), exchange.match) == RouteMatch::Kind::found) {
    exchange.route = &routes.route(exchange.match.route().payload);
  } else {
    exchange.route = &routes.fallback();
  }
  const CompiledRoute& route = *exchange.route;
  shard_.requests.add(1);
  if (route.counted) {
    counted_ = true;
    shard_.in_flight.add(1);
  }
  shard_.loop().name_work(route.name);
  exchange.context.set_work(route.name);

  if (route.timeout > Duration::zero()) exchange.context.set_deadline(shard_.loop().now() + route.timeout);
  exchange.request.begin(*this, exchange, route.name);
  exchange.response.reset();
  if (!head.keep_alive()) close_ = true;

  steps_ = route.steps;
  intercepted_ = Interception::none;
  sent_status_ = 0;
  sent_body_ = 0;
  exchange.id.text = {};
  if (!steps_.empty() || server.maintenance().is_on()) begin_steps();
}

void Connection::end_request() {
  Exchange& exchange = *exchange_;
  end_steps();
  if (counted_) {
    counted_ = false;
    shard_.in_flight.add(-1);
  }
  shard_.loop().name_work(nullptr);
  if (body_) {
    // Only the head was left in in_; what follows the body begins the next request.
    in_ = std::move(body_->bytes);
    body_.reset();
  } else {
    in_.consume(exchange.head.size() + exchange.head.content_length().value_or(0));
  }
  exchange.context.reset();
  exchange.parser.reset();
  exchange.body.clear();
  exchange.began = false;
}

// Without a coroutine: a plain function as handler, no middleware, and all bytes that it needs are here.
bool Connection::can_answer_directly() const noexcept {
  const Exchange& exchange = *exchange_;
  if (!exchange.route->direct && intercepted_ == Interception::none) return false;
  const RequestHead& head = exchange.head;
  if (!head.has_body()) return true;
  if (head.headers().contains(KnownHeader::content_encoding)) return false;
  return !head.chunked() && *head.content_length() <= exchange.route->max_body &&
         in_.size() - head.size() >= *head.content_length();
}

// False: the response is a stream or a file, which stream_answer() writes.
bool Connection::answer_directly() {
  Exchange& exchange = *exchange_;
  Response& response = exchange.response;
  CurrentContext::set(&exchange.context);
  if (exchange.head.has_body()) {
    exchange.request.set_body({in_.data() + exchange.head.size(), *exchange.head.content_length()});
  }
  try {
    if (intercepted_ != Interception::none) {
      answer_intercepted(response);
    } else if (exchange.route->chain.endpoint != nullptr) {
      exchange.route->chain.endpoint->call(exchange.request, response);
    } else {
      answer_without_route(response);
    }
  } catch (...) {
    render_current_exception(exchange.request, response, shard_.server().options().mode == Mode::debug);
  }
  shape_errors(response);
  if (exchange.route->compress) {
    compress_response(exchange.request, response, shard_.server().options().compression);
  }
  CurrentContext::set(&context_);
  if (response.is_sent_by_pieces()) return false;
  write_response(response, exchange.head.method() == Method::head);
  return true;
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

Task<void> Connection::respond() {
  Exchange& exchange = *exchange_;
  Response& response = exchange.response;
  const bool head_only = exchange.head.method() == Method::head;
  try {
    const bool serve = intercepted_ == Interception::none;
    if (serve && body_ && exchange.route->body == BodyUse::whole) co_await read_whole_body();
    if (!serve) {
      answer_intercepted(response);
    } else if (exchange.route->chain.around.empty()) {
      co_await call_handler(response);
    } else {
      Response made = co_await Next(exchange.request, exchange.route->chain, 0)();
      response = std::move(made);
    }
  } catch (...) {
    if (client_gone_ || aborted_) co_return;
    render_failure(response);
  }
  if (client_gone_ || aborted_) co_return;
  shape_errors(response);
  if (body_ && body_->refused_coding && response.status() == status::kUnsupportedMediaType) {
    response.header("Accept-Encoding", "gzip, br, zstd");
  }
  if (exchange.route->compress) {
    compress_response(exchange.request, response, shard_.server().options().compression);
  }
  // From here on the client's pace counts, not the time of the handler.
  if (response.is_sent_by_pieces()) exchange.context.set_deadline(TimePoint::max());
  if (response.is_streamed()) {
    co_await write_stream(response, head_only);
  } else if (response.file()) {
    settle_body();
    co_await write_file(response, head_only);
  } else {
    settle_body();
    write_response(response, head_only);
  }
  co_await leave_body();
}

Task<void> Connection::call_handler(Response& response) {
  Exchange& exchange = *exchange_;
  Endpoint* endpoint = exchange.route->chain.endpoint;
  try {
    if (endpoint == nullptr) {
      answer_without_route(response);
    } else if (endpoint->immediate()) {
      endpoint->call(exchange.request, response);
    } else {
      co_await endpoint->start(exchange.request, response);
    }
  } catch (...) {
    // The end of the Context goes on to whoever waits further out.
    if (exchange.context.cancelled()) throw;
    render_current_exception(exchange.request, response, shard_.server().options().mode == Mode::debug);
  }
  shape_errors(response);
}

void Connection::answer_without_route(Response& response) const {
  const Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  if (head.method() == Method::unknown || head.method() == Method::connect) {
    return render_problem(status::kNotImplemented,
                          "the method " + std::string(head.method_name()) + " is not implemented here",
                          exchange.request.path(), response);
  }
  if (head.path() == "*") {
    response.status(status::kNoContent)
        .header("Allow", shard_.server().routes().router().methods().to_string());
    return;
  }
  if (exchange.match.kind() == RouteMatch::Kind::method_not_allowed) {
    std::string allowed = exchange.match.allowed().to_string();
    if (head.method() == Method::options) {
      response.status(status::kNoContent);
    } else {
      render_problem(status::kMethodNotAllowed, "this address answers " + allowed, exchange.request.path(),
                     response);
    }
    response.header("Allow", std::move(allowed));
    return;
  }
  render_problem(status::kNotFound, "no route answers this address", exchange.request.path(), response);
}

void Connection::on_hang_up() noexcept {
  if (phase_ != Phase::handler || !exchange_ || !shard_.server().options().cancel_on_disconnect) return;
  client_gone_ = true;
  exchange_->context.cancel();
}

}  // namespace http
}  // namespace ngo
