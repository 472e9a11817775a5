// The same events for many clients: one log of the last events, and for each client a place in it.
//
//   EventHub news;
//   app.get("/news", [&news] { return news.subscribe(); });
//   news.publish(ServerEvent("fog in the harbour", "weather"));
//
// Bounded by itself: a client that is slow costs no memory, it falls behind, and when what comes next for it
// is no longer kept it skips or is cut off, as chosen. A client that comes back with Last-Event-ID gets what
// it has missed, as far as it is kept; one that comes with an id of another process (a restart, another
// instance) gets all that is kept. publish() and subscribe() may be called on any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "ngo/http/events.hpp"

namespace ngo {

class EventHub {
 public:
  // What happens to a client that is further behind than what is kept.
  enum class Behind : std::uint8_t {
    skip,  // goes on with the oldest that is kept
    cut,   // its stream ends
  };
  struct Options {
    std::size_t keep = 256;  // events, for resuming and for slow clients
    Behind behind = Behind::skip;
    Duration heartbeat = std::chrono::seconds(15);
  };

  EventHub();
  explicit EventHub(Options options);
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;
  // Ends the streams, as close() does.
  ~EventHub();

  // Sends the event to all subscribers; its id is given by the hub. Never waits. Throws Error{internal} when
  // the event's type has line breaks.
  void publish(ServerEvent event);
  // A stream of what is published from now on, or from where the client was.
  [[nodiscard]] Events subscribe();
  [[nodiscard]] std::size_t subscribers() const noexcept;
  // Events that a subscriber skipped, of all subscribers.
  [[nodiscard]] std::uint64_t skipped() const noexcept;
  // Ends all streams after what is kept for them, and those that come later.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ngo
