// Steps 5 to 8, 13 and 16 of the pipeline in connection.hpp: what the server does around every handler.
#include "ngo/http/middleware/access_log.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"
#include "ngo/http/transaction.hpp"

#include <utility>

namespace ngo::http {
namespace {

// Those that write into the heads of answers. Tracing is among them where options say so.
constexpr StepSet kWriting{Step::request_id, Step::security_headers, Step::cors, Step::server_timing};

// As nginx logs it: the client went away before there was an answer. Never sent.
constexpr int kClientClosedRequest = 499;

}  // namespace

void Transaction::begin_steps() {
  Exchange& exchange = *exchange_;
  const HeaderTable& headers = exchange.head.headers();
  const Server& server = shard_.server();
  const Steps& steps = settings_->steps;
  exchange.timings.clear();
  if (steps.needs_clock()) began_ = shard_.latest();
  kept_trace_ = {};
  if (steps_.has(Step::security_headers)) client_is_secure_ = client().secure;
  if (steps_.has(Step::tracing) && settings_->tracing != nullptr) begin_trace();
  if (steps_.has(Step::request_id)) steps.request_ids().begin(headers, exchange.context, exchange.id);
  if (steps_.has(Step::cors)) {
    const std::string_view origin = headers.get(KnownHeader::origin);
    cors_ = exchange.route->cors;
    if (!origin.empty() && exchange.head.method() == Method::options && Cors::is_preflight(headers)) {
      MethodSet allowed;
      cors_ = route_of_preflight(allowed).cors;
      if (cors_ != nullptr && !allowed.empty()) intercepted_ = Interception::preflight;
    }
    exchange.cors_origin = cors_ != nullptr && cors_->allows(origin) ? origin : std::string_view();
  }
  if (steps_.has(Step::metrics)) begin_counting();
  if (server.maintenance().is_on() && exchange.route->counted && intercepted_ == Interception::none &&
      !server.maintenance().admits(exchange.head.path(), client().address))
    intercepted_ = Interception::maintenance;
}

// The route that a preflight asks about; that of the server as a whole where its method has none.
const CompiledRoute& Transaction::route_of_preflight(MethodSet& allowed) const {
  const RequestHead& head = exchange_->head;
  const RouteTable& routes = *settings_->routes;
  RouteMatch match;
  routes.router().match(Method::unknown, head.path(), match);
  allowed = match.allowed();
  const Method wanted = method_from_string(head.headers().get("Access-Control-Request-Method"));
  if (routes.router().match(wanted, head.path(), match) != RouteMatch::Kind::found) return routes.fallback();
  return routes.route(match.route().payload);
}

void Transaction::answer_intercepted(Response& response) {
  Exchange& exchange = *exchange_;
  if (intercepted_ == Interception::maintenance) {
    shard_.server().maintenance().answer(exchange.request.path(), response);
    return;
  }
  MethodSet allowed;
  static_cast<void>(route_of_preflight(allowed));
  cors_->answer_preflight(exchange.head.headers(), !exchange.cors_origin.empty(), allowed, response);
}

// In a catch block: what was thrown, as a response.
void Transaction::render_failure(Response& response) {
  Exchange& exchange = *exchange_;
  const bool show_internals = settings_->options.mode == Mode::debug;
  const Timeout* on_timeout = exchange.route->on_timeout;
  if (on_timeout == nullptr || exchange.context.cause() != Code::deadline_exceeded)
    return render_current_exception(exchange.request, response, show_internals);
  try {
    response.reset();
    if (on_timeout->handler) {
      response = on_timeout->handler(exchange.request);
    } else {
      response.status(on_timeout->http_code);
      response.body_for(Response::Media::text) = on_timeout->message;
    }
    if (on_timeout->callback) on_timeout->callback(exchange.request);
  } catch (...) {
    render_current_exception(exchange.request, response, show_internals);
  }
}

bool Transaction::answers_with_trace() const noexcept {
  return recorder_ != nullptr && settings_->tracing->answers_with_trace();
}

// An upper bound.
std::size_t Transaction::step_heads_size() const noexcept {
  std::size_t size = answers_with_trace() ? kTraceTimingBytes : 0;
  if (!steps_.has_any(kWriting)) return size;
  const Steps& steps = settings_->steps;
  if (steps_.has(Step::security_headers)) size += steps.security_headers().head_size();
  if (steps_.has(Step::request_id)) size += steps.request_ids().head_size(exchange_->id);
  if (steps_.has(Step::cors) && cors_ != nullptr) size += cors_->head_size(exchange_->cors_origin);
  if (steps_.has(Step::server_timing)) size += kServerTimingBytes + exchange_->timings.size();
  return size;
}

char* Transaction::write_step_heads(const Response& response, char* at) const noexcept {
  if (answers_with_trace()) at = write_trace_timing(recorder_->identity(), at);
  if (!steps_.has_any(kWriting)) return at;
  const Steps& steps = settings_->steps;
  if (steps_.has(Step::request_id)) at = steps.request_ids().write_head(exchange_->id, at);
  if (steps_.has(Step::security_headers))
    at = steps.security_headers().write_head(response, client_is_secure_, at);
  if (steps_.has(Step::cors) && cors_ != nullptr)
    at = cors_->write_head(exchange_->cors_origin, response, at);
  if (steps_.has(Step::server_timing))
    at = write_server_timing(shard_.loop().clock().now() - began_, exchange_->timings, at);
  return at;
}

// The answer is complete, or nothing more can be done about it.
void Transaction::end_steps(bool refused) {
  if (records_) [[unlikely]] {
    records_ = false;
    if (!refused) record_exchange();
  }
  if (steps_.empty()) return;
  const StepSet steps = std::exchange(steps_, StepSet());
  took_ = !refused && settings_->steps.needs_clock() ? shard_.read_clock() - began_ : Duration();
  if (recorder_ != nullptr) end_trace();
  if (steps.has(Step::metrics)) count_request(refused);
  if (steps.has(Step::access_log)) write_access_log(refused);
}

RequestKind Transaction::kind() const noexcept {
  const RequestHead& head = exchange_->head;
  return {head.method(), static_cast<std::uint8_t>(head.major_version() * 10 + head.minor_version()),
          from_.secure};
}

// The original's name of what is asked for.
std::string_view Transaction::counted_url() const noexcept {
  const std::string_view route = exchange_->route->name;
  const bool as_sent = settings_->options.middlewares.url_metrics.original_path;
  return as_sent || route.empty() ? exchange_->head.path() : route;
}

void Transaction::begin_counting() {
  if (settings_->metrics == nullptr || !settings_->counts(exchange_->head.path())) {
    steps_.remove(Step::metrics);
    return;
  }
  settings_->metrics->begin(kind());
  if (settings_->url_statistics != nullptr)
    settings_->url_statistics->begin(counted_url(), exchange_->head.method_name());
}

void Transaction::count_request(bool refused) noexcept {
  ServerMetrics* const metrics = settings_->metrics;
  if (metrics == nullptr) return;
  if (refused) return metrics->refused(sent_status_);
  const Exchange& exchange = *exchange_;
  ServerMetrics::Outcome outcome;
  outcome.status = sent_status_;
  outcome.broken = client_gone_ || aborted_;
  outcome.took = took_;
  outcome.response_bytes = sent_body_;
  outcome.trace = kept_trace_;
  if (incoming_ != nullptr) {
    outcome.request_bytes = static_cast<std::int64_t>(incoming_->total);
  } else if (exchange.head.has_body()) {
    outcome.request_bytes = static_cast<std::int64_t>(exchange.head.content_length().value_or(0));
  }
  metrics->end(*exchange.route, kind(), outcome);
  if (UrlStatistics* const urls = settings_->url_statistics) {
    const bool failed = outcome.broken || outcome.status == 0 || outcome.status >= 500;
    try {
      urls->end(counted_url(), exchange.head.method_name(), exchange.request.host(), outcome.status, failed,
                took_);
    } catch (const std::exception&) {
      // No memory: it is not counted.
    }
  }
}

const std::string& Transaction::peer_text() const {
  if (from_.text.empty())
    from_.text = from_.address.family() == net::Address::Family::unix_path ? "unix" : from_.address.host();
  return from_.text;
}

void Transaction::write_access_log(bool refused) {
  const Exchange& exchange = *exchange_;
  AccessRecord record;
  if (!refused) {
    record.head = &exchange.head;
    record.response = &exchange.response;
    record.context = &exchange.context;
    record.request_id = exchange.id.text;
    record.route = exchange.request.route();
  }
  record.client = record.peer = peer_text();
  std::string client_text;
  if (!refused && !settings_->options.trusted_proxies.empty()) {
    const net::Address address = client().address;
    if (address.family() != net::Address::Family::unix_path) record.client = client_text = address.host();
  }
  record.status = sent_status_ != 0 ? sent_status_ : kClientClosedRequest;
  record.body_bytes = sent_body_;
  record.took = took_;
  record.connection = client_gone_ || aborted_ ? 'X' : close_ ? '-' : '+';
  worker_settings_->access_log->write(record);
}

void Transaction::record_exchange() {
  const Exchange& exchange = *exchange_;
  RecentExchange kept;
  kept.took = shard_.loop().clock().now() - began_;
  kept.began = std::chrono::system_clock::now() - kept.took;
  kept.method = exchange.request.method_name();
  kept.uri = std::string(exchange.request.target().substr(0, RecentExchanges::kLongest));
  const HeaderTable& headers = exchange.head.headers();
  for (std::size_t i = 0; i < headers.size() && i < RecentExchanges::kMostHeaders; ++i)
    kept.request_headers.emplace_back(headers[i].name, shown_header(headers[i].name, headers[i].value));
  kept.remote_address = client().address.host();
  kept.status = sent_status_ != 0 ? sent_status_ : kClientClosedRequest;
  for (const auto& [name, value] : exchange.response.fields()) {
    if (kept.response_headers.size() == RecentExchanges::kMostHeaders) break;
    kept.response_headers.emplace_back(name, shown_header(name, value));
  }
  kept.route = exchange.request.route();
  if (const TraceIdentity trace = exchange.context.trace(); trace.valid())
    kept.trace_id = trace.trace.to_string();
  shard_.recent.add(std::move(kept));
}

}  // namespace ngo::http
