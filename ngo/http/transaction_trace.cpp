// The span of a request: it begins with the steps, and what it tells is read off the request and the response
// when it ends, if it is kept.
#include <charconv>
#include <utility>

#include "ngo/base/utf8.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/server_tracing.hpp"
#include "ngo/http/transaction.hpp"
#include "ngo/trace/redact.hpp"

namespace ngo::http {
namespace {

using trace::AttributeValue;
using trace::SpanData;

// Becomes a value where it stands, so that none is moved.
struct TextValue {
  std::string_view text;
  operator AttributeValue() const {  // NOLINT(google-explicit-constructor): that is its purpose
    return AttributeValue(std::in_place_type<std::string>, text);
  }
};

class Describer {
 public:
  Describer(SpanData& span, const trace::Limits& limits)
      : span_(span), said_(span.attributes.size()), longest_(limits.value_length) {
    span_.attributes.reserve(said_ + kMost);
  }
  void text(trace::AttributeKey key, std::string_view value) {
    if (!value.empty() && !was_said(key))
      span_.attributes.emplace_back(key, TextValue{cut_utf8(value, longest_)});
  }
  void number(trace::AttributeKey key, std::int64_t value) {
    if (!was_said(key)) span_.attributes.emplace_back(key, value);
  }

 private:
  static constexpr std::size_t kMost = 18;

  // What the handler has said itself stays.
  [[nodiscard]] bool was_said(trace::AttributeKey key) const noexcept {
    return said_ != 0 && trace::find({span_.attributes.data(), said_}, key.text()) != nullptr;
  }
  SpanData& span_;
  std::size_t said_;
  std::size_t longest_;  // value
};

// "localhost:8080", "[::1]:80", "example.com"
void split_host(std::string_view host, std::string_view& name, std::int64_t& port) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  name = host;
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return;
  std::uint16_t number = 0;
  const std::string_view digits = host.substr(colon + 1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) return;
  port = number;
  name = host.substr(0, colon);
}

bool is_ip(const net::Address& address) noexcept {
  return address.family() != net::Address::Family::unix_path;
}

}  // namespace

void Transaction::begin_trace() {
  trace::Tracer& tracer = settings_->tracing->tracer();
  if (!tracer.enabled()) return;
  Exchange& exchange = *exchange_;
  const HeaderCarrier carrier(exchange.head.headers());
  trace::Tracer::Start start;
  start.name = exchange.route->name;
  start.method = exchange.head.method_name();
  start.kind = trace::SpanKind::server;
  if (settings_->tracing->may_carry(exchange.head.headers())) start.carrier = &carrier;
  start.now = began_;
  start.measured = true;
  recorder_ = &tracer.begin(exchange.context, start);
}

void Transaction::end_trace() noexcept {
  trace::Recorder& recorder = *std::exchange(recorder_, nullptr);
  trace::Tracer& tracer = settings_->tracing->tracer();
  Exchange& exchange = *exchange_;
  exchange.context.set_trace(recorder.identity());  // nothing is recorded from here on
  try {
    if (sent_status_ >= 500) recorder.status(0, trace::SpanStatus::error, {});
    const trace::Tracer::Verdict verdict =
        tracer.judge(recorder, took_, shard_.server().traces_of(*exchange.route));
    if (verdict.kept) {
      kept_trace_ = recorder.identity();
      tracer.keep(recorder, verdict, took_, [this](SpanData& root) { describe(root); });
    }
  } catch (const std::exception&) {
    // Out of memory: the trace is lost, the request is not.
  }
  recorder.give_back();
}

void Transaction::describe(SpanData& root) const {
  if (settings_->tracing->original_tags()) return describe_as_original(root);
  const Exchange& exchange = *exchange_;
  const RequestHead& head = exchange.head;
  const bool known = head.method() != Method::unknown;
  const std::string_view method = known ? head.method_name() : "_OTHER";
  const std::string_view route = exchange.route->name;
  if (root.name == route) {  // nobody has renamed it
    root.name = known ? method : "HTTP";
    if (!route.empty()) root.name.append(1, ' ').append(route);
  }
  Describer out(root, settings_->tracing->tracer().limits());
  out.text("http.request.method", method);
  if (!known) out.text("http.request.method_original", head.method_name());
  out.text("url.path", head.path());
  if (head.has_query()) out.text("url.query", trace::redact_query(head.query()));
  const Client from = client();
  out.text("url.scheme", from.secure ? "https" : "http");
  out.text("http.route", route);
  if (sent_status_ != 0) out.number("http.response.status_code", sent_status_);
  if (sent_status_ >= 500) out.text("error.type", std::to_string(sent_status_));
  std::string_view host;
  std::int64_t port = from.secure ? 443 : 80;
  split_host(exchange.request.host(), host, port);
  if (!host.empty()) {
    out.text("server.address", host);
    out.number("server.port", port);
  }
  if (is_ip(from.address))
    out.text("client.address", from.address == from_.address ? peer_text() : from.address.host());
  if (is_ip(from_.address)) {
    out.text("network.peer.address", peer_text());
    out.number("network.peer.port", from_.address.port());
  }
  out.text("network.protocol.version", head.major_version() == 2   ? "2"
                                       : head.minor_version() == 0 ? "1.0"
                                                                   : "1.1");
  out.text("user_agent.original", head.headers().get(KnownHeader::user_agent));
  if (const std::int64_t size = request_size(); size >= 0) out.number("http.request.body.size", size);
  out.number("http.response.body.size", static_cast<std::int64_t>(sent_body_));
}

// By the names and in the form of the original; see docs/tracing.md.
void Transaction::describe_as_original(SpanData& root) const {
  const Exchange& exchange = *exchange_;
  if (root.name == exchange.route->name) root.name = "server";
  Describer out(root, settings_->tracing->tracer().limits());
  out.text("span.kind", "server");
  out.text("span.type", "HTTP_SERVER");
  out.text("http.server.request.url", exchange.route->name);
  out.text("http.server.request.method", exchange.head.method_name());
  out.text("http.server.request.host", exchange.request.host());
  out.text("http.server.request.path", exchange.head.path());
  out.number("http.server.request.size", request_size());
  if (is_ip(from_.address)) {
    out.text("http.server.peer.host", peer_text());
    out.number("http.server.peer.port", from_.address.port());
  }
  out.number("http.server.response.status", sent_status_);
  out.number("http.server.response.size", sent_body_ == 0 ? -1 : static_cast<std::int64_t>(sent_body_));
}

// Bytes of the body as they came; -1: none.
std::int64_t Transaction::request_size() const noexcept {
  if (incoming_ != nullptr) return static_cast<std::int64_t>(incoming_->total);
  if (!exchange_->head.has_body()) return -1;
  return static_cast<std::int64_t>(exchange_->head.content_length().value_or(0));
}

}  // namespace ngo::http
