// Server-sent events (WHATWG HTML, 9.2), for EventSource in browsers and for everything that reads lines:
//
//   app.get("/clock", [] {
//     return Events([](EventSink& out) -> Task<void> {
//       for (;;) {
//         co_await out.send(ServerEvent(now_as_text()));
//         co_await sleep(1s);
//       }
//     });
//   });
//
// A comment is sent when nothing else was for the time of the heartbeat, so that proxies keep the connection
// and a client that has vanished is noticed. The function's wait ends with Error{cancelled} when the client
// goes or the service drains; in the latter case the stream ends properly and the client comes back, to
// another instance. For the same events to many clients use EventHub (event_hub.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/http/endpoint.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/generator.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

struct ServerEvent {
  ServerEvent() = default;
  explicit ServerEvent(std::string with_data, std::string of_type = {}, std::string with_id = {})
      : data(std::move(with_data)), event(std::move(of_type)), id(std::move(with_id)) {}

  std::string data;               // may have several lines
  std::string event;              // its type; empty: "message"
  std::string id;                 // what the client says as Last-Event-ID when it comes back
  std::optional<Duration> retry;  // how long the client is to wait before it comes back
};

// Where events are written to, while the function that it was given to runs.
class EventSink {
 public:
  // Sends it now; waits while the client is slow. Throws Error{internal} when id or event have line breaks,
  // Error{cancelled} or {unavailable} when the client has gone.
  [[nodiscard]] virtual Task<void> send(const ServerEvent& event) = 0;
  // Events in their written form (append_event()), several at once.
  [[nodiscard]] virtual Task<void> send_written(std::string_view events) = 0;
  // The id of the last event that the client saw before it lost the connection; empty on the first.
  [[nodiscard]] virtual const std::string& last_event_id() const noexcept = 0;

 protected:
  ~EventSink() = default;
};

class Events {
 public:
  using Source = std::function<Task<void>(EventSink&)>;

  explicit Events(Source source) : source_(std::move(source)) {}
  explicit Events(Generator<ServerEvent> events);

  // Zero: none.
  Events& heartbeat(Duration interval) { return heartbeat_ = interval, *this; }
  // How long clients wait before they come back; without it about three seconds.
  Events& retry(Duration wait) { return retry_ = wait, *this; }

 private:
  friend struct http::Result<Events>;
  Source source_;
  Duration heartbeat_ = std::chrono::seconds(15);
  std::optional<Duration> retry_;
};

// Appends the event in its written form, with the empty line at its end.
void append_event(std::string& out, const ServerEvent& event);

namespace http {

template <>
struct Result<Events> {
  static Task<void> render(Events events, Request& request, Response& response);
};
template <>
struct Result<Generator<ServerEvent>> {
  static Task<void> render(Generator<ServerEvent> events, Request& request, Response& response);
};

}  // namespace http
}  // namespace ngo
