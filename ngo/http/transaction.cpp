// Steps 2 to 4 and 10 to 12 of the pipeline in connection.hpp: one request from its head to its response.
#include "ngo/http/transaction.hpp"

#include <chrono>
#include <optional>

#include "ngo/http/compression.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"
#include "ngo/http/time_left_impl.hpp"
#include "ngo/http/unified.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"

namespace ngo {

Task<Response> Next::operator()() const {
  if (position_ < chain_->around.size()) {
    co_return co_await chain_->around[position_]->run(*request_, Next(*request_, *chain_, position_ + 1));
  }
  Response response;
  co_await request_->transaction().call_handler(response);
  co_return response;
}

namespace http {

Transaction::Transaction(Shard& shard, Peer& from) noexcept
    : shard_(shard),
      from_(from),
      settings_(shard.settings()->shared.get()),
      worker_settings_(shard.settings()) {}

Transaction::~Transaction() {
  if (counted_) shard_.in_flight.add(-1);
}

const MultipartLimits& Transaction::multipart_limits() const noexcept { return settings_->options.multipart; }

ErrorBody Transaction::error_body() const noexcept { return settings_->options.error_body; }

// The server's own refusals are problems; this makes them what the configuration wants.
void Transaction::shape_errors(Response& response) const {
  if (error_body() == ErrorBody::unified) unify(response);
}

Client Transaction::client() const {
  const ServerOptions& options = settings_->options;
  return find_client({from_.address, from_.secure}, exchange_->head.headers(), options.trusted_proxies,
                     options.forwarded_header);
}

void Transaction::begin_request() {
  Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  take_settings();
  const RouteTable& routes = *settings_->routes;
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
  // The ordinary name was recognised by the parser: without the header this is a test of a bit.
  if (const KnownHeader known = settings_->deadline_header; known != KnownHeader::other
                                                                ? head.headers().contains(known)
                                                                : !settings_->options.deadline_header.empty())
    shorten_deadline();
  exchange.request.begin(*this, exchange, route.name);
  exchange.response.reset();

  steps_ = route.steps;
  intercepted_ = Interception::none;
  sent_status_ = 0;
  sent_body_ = 0;
  exchange.id.text = {};
  records_ = route.counted && shard_.recent.on();
  if (records_) began_ = shard_.loop().clock().now();
  if (!steps_.empty() || shard_.server().maintenance().is_on()) begin_steps();
}

// A client that lies harms only itself: a longer time than the route's is not given.
void Transaction::shorten_deadline() {
  const std::string& name = settings_->options.deadline_header;
  const HeaderTable& headers = exchange_->head.headers();
  const std::size_t at = headers.find(name, 0);
  if (at == HeaderTable::kNone) return;
  const std::string_view text = headers[at].value;
  const std::optional<std::chrono::milliseconds> left = parse_time_left(text);
  if (!left || headers.find(name, at + 1) != HeaderTable::kNone) {
    log::every(std::chrono::seconds(10))
        .debug("{} of {} is not understood: \"{}\"; it is one number of milliseconds: 1500ms", name,
               from_.address.host(), text);
    return;
  }
  const TimePoint until = shard_.loop().now() + *left;
  if (const auto deadline = exchange_->context.deadline(); !deadline || until < *deadline)
    exchange_->context.set_deadline(until);
}

void Transaction::finish_request() {
  Exchange& exchange = *exchange_;
  if (counted_) {
    counted_ = false;
    shard_.in_flight.add(-1);
  }
  shard_.loop().name_work(nullptr);
  incoming_ = nullptr;
  exchange.context.reset();
  exchange.parser.reset();
  exchange.body.clear();
  exchange.began = false;
}

bool Transaction::make_direct_answer() {
  Exchange& exchange = *exchange_;
  Response& response = exchange.response;
  try {
    if (intercepted_ != Interception::none) {
      answer_intercepted(response);
    } else if (exchange.route->tried) {
      if (!exchange.route->chain.endpoint->try_call(exchange.request, response)) return false;
    } else if (exchange.route->chain.endpoint != nullptr) {
      exchange.route->chain.endpoint->call(exchange.request, response);
    } else {
      answer_without_route(response);
    }
  } catch (...) {
    render_current_exception(exchange.request, response, settings_->options.mode == Mode::debug);
  }
  shape_errors(response);
  if (exchange.route->compress) {
    compress_response(exchange.request, response, settings_->options.compression);
  }
  return true;
}

Task<void> Transaction::respond() {
  Exchange& exchange = *exchange_;
  Response& response = exchange.response;
  const bool head_only = exchange.head.method() == Method::head;
  try {
    const bool serve = intercepted_ == Interception::none;
    if (serve && incoming_ != nullptr && exchange.route->body == BodyUse::whole) co_await read_whole_body();
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
  if (incoming_ != nullptr && incoming_->refused_coding &&
      response.status() == status::kUnsupportedMediaType) {
    response.header("Accept-Encoding", "gzip, br, zstd");
  }
  if (exchange.route->compress) {
    compress_response(exchange.request, response, settings_->options.compression);
  }
  // From here on the client's pace counts, not the time of the handler.
  if (response.is_sent_by_pieces()) exchange.context.set_deadline(TimePoint::max());
  if (response.is_streamed()) {
    try {
      co_await write_stream(response, head_only);
      co_await leave_body();
      co_return;
    } catch (...) {
      if (client_gone_ || aborted_) co_return;
      render_failure(response);
    }
    shape_errors(response);
  }
  if (response.file()) {
    settle_body();
    co_await write_file(response, head_only);
  } else {
    settle_body();
    write_response(response, head_only);
  }
  co_await leave_body();
}

Task<void> Transaction::call_handler(Response& response) {
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
    render_current_exception(exchange.request, response, settings_->options.mode == Mode::debug);
  }
  shape_errors(response);
}

void Transaction::answer_without_route(Response& response) const {
  const Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  if (head.method() == Method::unknown || head.method() == Method::connect) {
    return render_problem(status::kNotImplemented,
                          "the method " + std::string(head.method_name()) + " is not implemented here",
                          exchange.request.path(), response);
  }
  if (head.path() == "*") {
    response.status(status::kNoContent).header("Allow", settings_->routes->router().methods().to_string());
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

}  // namespace http
}  // namespace ngo
