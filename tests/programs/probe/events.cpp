#include <atomic>
#include <string>

#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

using namespace std::chrono_literals;

struct Row {
  int number = 0;
  std::string text;
};

struct Published {
  std::string data;
  std::string event;
};

struct HubFacts {
  std::size_t subscribers;
  std::uint64_t skipped;
};

std::atomic<int> ended{0};

// Counts streams that have ended, however they did.
struct Witness {
  Witness() = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ++ended; }
};

ngo::Task<void> wait_for_ever(ngo::EventSink& out) {
  Witness witness;
  co_await out.send(ngo::ServerEvent("hello " + out.last_event_id()));
  co_await ngo::sleep(1h);
}

ngo::Generator<ngo::ServerEvent> three_events() {
  for (int i = 1; i <= 3; ++i) {
    ngo::ServerEvent event("event " + std::to_string(i), "count", std::to_string(i));
    co_yield event;
  }
}

ngo::Generator<Row> rows(int count, int wait_after) {
  for (int i = 0; i < count; ++i) {
    if (i == wait_after) co_await ngo::sleep(1h);
    Row row{i, "row"};
    co_yield row;
  }
}

// In the turn of its first row, or when that has been sent.
ngo::Generator<Row> broken_rows(bool late) {
  Row row{1, "row"};
  co_yield row;
  if (late) co_await ngo::sleep(10ms);
  throw ngo::Error(ngo::Code::not_found, "broken on purpose");
}

}  // namespace

void add_events(ngo::Routes& routes) {
  ngo::Routes& events = routes.group("/events");
  events.get("/three", [] { return three_events(); });
  events.get("/all-fields", [] {
    return ngo::Events([](ngo::EventSink& out) -> ngo::Task<void> {
             ngo::ServerEvent event("one\ntwo\r\nthree\rfour\n", "kind", "id 1");
             event.retry = 5s;
             co_await out.send(event);
           })
        .retry(100ms);
  });
  // Ends at once, so that a browser comes back.
  events.get("/returning", [] {
    return ngo::Events([](ngo::EventSink& out) -> ngo::Task<void> {
             ngo::ServerEvent event("came with '" + out.last_event_id() + "'", "", "id 1");
             co_await out.send(event);
           })
        .retry(50ms);
  });
  events.get("/forged", [] {
    return ngo::Events([](ngo::EventSink& out) -> ngo::Task<void> {
      ngo::ServerEvent event("x", "a\ndata: forged");
      co_await out.send(event);
    });
  });
  events.get("/quiet", [] { return ngo::Events(wait_for_ever).heartbeat(50ms); });
  events.get("/silent", [] { return ngo::Events(wait_for_ever).heartbeat(0ms); });
  events.get("/ended", [] { return std::to_string(ended.load()); });

  static ngo::EventHub hub({.keep = 10, .heartbeat = 100ms});
  static ngo::EventHub strict({.keep = 10, .behind = ngo::EventHub::Behind::cut});
  events.get("/hub", [] { return hub.subscribe(); });
  events.get("/hub/strict", [] { return strict.subscribe(); });
  // What is published between the subscription and the head of the answer.
  events.get("/hub/at-once", [] {
    ngo::Events news = hub.subscribe();
    hub.publish(ngo::ServerEvent("at once"));
    return news;
  });
  events.post("/hub", [](ngo::Json<Published> in) {
    hub.publish(ngo::ServerEvent(in->data, in->event));
    strict.publish(ngo::ServerEvent(in->data, in->event));
  });
  events.post("/hub/flood/{count}", [](int count) {
    for (int i = 0; i < count; ++i) {
      hub.publish(ngo::ServerEvent(std::string(10'000, 'x')));
      strict.publish(ngo::ServerEvent(std::string(10'000, 'x')));
    }
  });
  events.get("/hub/facts", [] { return HubFacts{hub.subscribers() + strict.subscribers(), hub.skipped()}; });

  ngo::Routes& lines = routes.group("/rows");
  lines.get("/{count}", [](int count) { return rows(count, -1); });
  lines.get("/{count}/wait/{after}", [](int count, int after) { return rows(count, after); });
  lines.get("/always", [] { return ngo::JsonLines<Row>(rows(2, -1)); });
  lines.get("/broken", [] { return broken_rows(true); });
  lines.get("/broken/at-once", [] { return broken_rows(false); });
}

}  // namespace probe
