#include "ngo/http/events.hpp"

#include <memory>

#include "ngo/base/error.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

void append_line(std::string& out, std::string_view field, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw Error(Code::internal, "the " + std::string(field) + " of an event cannot have line breaks");
  }
  out += field;
  out += ": ";
  out += value;
  out += '\n';
}

void append_retry(std::string& out, Duration wait) {
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
  append_line(out, "retry", std::to_string(milliseconds));
}

// The sink over a streamed body. Events and heartbeats take turns by the mutex.
class StreamSink final : public EventSink {
 public:
  StreamSink(BodyWriter& out, std::string last_id) : out_(out), last_id_(std::move(last_id)) {}

  Task<void> send(const ServerEvent& event) override {
    std::string text;
    append_event(text, event);
    co_await send_written(text);
  }
  Task<void> send_written(std::string_view events) override {
    Mutex::Lock lock = co_await mutex_.lock();
    co_await out_.write(events);
    co_await out_.flush();
    sent_at_ = EventLoop::current().now();
  }
  [[nodiscard]] const std::string& last_event_id() const noexcept override { return last_id_; }

  // Until it is cancelled.
  Task<void> beat(Duration interval) {
    for (;;) {
      co_await sleep_until(later(sent_at_, interval));
      if (EventLoop::current().now() < later(sent_at_, interval)) continue;
      co_await send_written(":\n\n");
    }
  }

 private:
  BodyWriter& out_;
  std::string last_id_;
  Mutex mutex_;
  TimePoint sent_at_ = EventLoop::current().now();
};

struct Plan {
  Events::Source source;
  Duration heartbeat;
  std::optional<Duration> retry;
  std::string last_id;
};

Task<void> run_source(const Plan& plan, StreamSink& sink, Scope& scope) {
  if (plan.heartbeat > Duration::zero()) scope.spawn(sink.beat(plan.heartbeat));
  co_await plan.source(sink);
  scope.cancel();
}

Task<void> stream_events(std::shared_ptr<const Plan> plan, BodyWriter& out) {
  StreamSink sink(out, plan->last_id);
  // The first bytes open the stream on the client's side.
  std::string hello = ":\n";
  if (plan->retry) append_retry(hello, *plan->retry);
  hello += '\n';
  co_await sink.send_written(hello);
  auto body = [&plan, &sink](Scope& scope) { return run_source(*plan, sink, scope); };
  co_await Scope::run(body);
}

Task<void> send_all(std::shared_ptr<Generator<ServerEvent>> events, EventSink& sink) {
  while (ServerEvent* event = co_await events->next()) co_await sink.send(*event);
}

}  // namespace

void append_event(std::string& out, const ServerEvent& event) {
  if (!event.event.empty()) append_line(out, "event", event.event);
  if (!event.id.empty()) append_line(out, "id", event.id);
  if (event.retry) append_retry(out, *event.retry);
  std::string_view rest = event.data;
  for (;;) {
    std::size_t end = rest.find_first_of("\r\n");
    out += "data: ";
    out += rest.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    rest.remove_prefix(rest.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  out += '\n';
}

Events::Events(Generator<ServerEvent> events) {
  auto shared = std::make_shared<Generator<ServerEvent>>(std::move(events));
  source_ = [shared](EventSink& sink) { return send_all(shared, sink); };
}

namespace http {

Task<void> Result<Events>::render(Events events, Request& request, Response& response) {
  auto plan = std::make_shared<Plan>();
  plan->source = std::move(events.source_);
  plan->heartbeat = events.heartbeat_;
  plan->retry = events.retry_;
  plan->last_id = request.header("Last-Event-ID").value_or(std::string_view());
  response =
      Response::streamed([plan](BodyWriter& out) { return stream_events(plan, out); }, "text/event-stream");
  response.header("Cache-Control", "no-cache");
  response.header("X-Accel-Buffering", "no");  // proxies that would wait for more
  response.end_on_drain();
  co_return;
}

Task<void> Result<Generator<ServerEvent>>::render(Generator<ServerEvent> events, Request& request,
                                                  Response& response) {
  return Result<Events>::render(Events(std::move(events)), request, response);
}

}  // namespace http
}  // namespace ngo
