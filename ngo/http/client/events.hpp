// Reading server-sent events (WHATWG HTML, 9.2):
//
//   HttpEvents events(http.get("http://prices/changes"));
//   while (auto event = co_await events.next()) use(event->data);
//
// A connection that ends or breaks is made again after the time that the server asked for (3 s when it did
// not), with Last-Event-ID, so that nothing is lost where the server remembers. The call's limits hold for
// each connection until its head has come; between events there is no limit but the Context's, unless
// read_timeout() was called. Belongs to one coroutine at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/http/client/client.hpp"
#include "ngo/http/events.hpp"

namespace ngo {

namespace http {

// Makes events of the bytes of a stream, in whatever pieces they come.
class EventParser {
 public:
  explicit EventParser(std::size_t most = 1024 * 1024) noexcept : most_(most) {}

  // More bytes; they are copied where an event is not complete.
  void give(std::string_view bytes) { pending_.append(bytes); }
  // The next event that is complete; its `id` is the last one that was seen. Nothing: give() more. Throws
  // Error{internal} when one is longer than `most` bytes.
  [[nodiscard]] std::optional<ServerEvent> next();
  // A new connection: what was not complete is dropped, the last id stays.
  void reset();

  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
  // What the server asked for.
  [[nodiscard]] std::optional<Duration> retry() const noexcept { return retry_; }

 private:
  void take_line(std::string_view line);

  std::size_t most_;
  std::string pending_;
  std::size_t at_ = 0;  // of pending_: what is taken
  std::string data_;
  std::string event_;
  std::string last_id_;
  std::optional<Duration> retry_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool ready_ = false;
};

}  // namespace http

class HttpEvents {
 public:
  explicit HttpEvents(HttpCall call);

  // The next event; nothing when the server wants no more readers (204). Throws HttpError for another answer
  // than 200, Error{internal} for one that is no text/event-stream, Error{unavailable} when the first
  // connection fails; a later one is tried again until the Context ends.
  [[nodiscard]] Task<std::optional<ServerEvent>> next();
  // What the server is told after a reconnect; may be set before the first next().
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }
  void set_last_id(std::string id) { last_id_ = std::move(id); }

 private:
  [[nodiscard]] Task<bool> connect();
  [[nodiscard]] Task<void> pause();

  HttpCall call_;
  std::optional<HttpStream> stream_;
  http::EventParser parser_;
  std::string last_id_;
  unsigned failures_ = 0;
  bool connected_before_ = false;
};

}  // namespace ngo
