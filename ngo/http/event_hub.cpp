#include "ngo/http/event_hub.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "ngo/base/id.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"

namespace ngo {
namespace {

constexpr std::size_t kBatch = 64 * 1024;  // bytes that are written to a subscriber at a time

std::string hex(std::uint64_t number) {
  char digits[16];
  return {digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr};
}

}  // namespace

struct EventHub::State {
  // The subscribers of one worker.
  struct Station {
    EventLoop* loop = nullptr;
    Event news;                   // of that loop
    std::size_t subscribers = 0;  // guarded by the mutex, as is all that follows
    bool called = false;          // a call of on_news() is under way
  };

  explicit State(Options with) : options(with), prefix(hex(random_bits() >> 32U) + "-") {}

  Options options;
  const std::string prefix;  // of the ids of this process
  std::mutex mutex;
  std::deque<std::shared_ptr<const std::string>> kept;  // as they are written
  std::uint64_t first = 1;                              // the number of kept.front()
  bool closed = false;
  std::vector<std::unique_ptr<Station>> stations;
  std::atomic<std::size_t> subscribers{0};
  std::atomic<std::uint64_t> skipped{0};

  [[nodiscard]] std::uint64_t next() const noexcept { return first + kept.size(); }

  // Where a client that has seen `id` goes on; one that has seen none begins at `newest`.
  [[nodiscard]] std::uint64_t place_after(std::string_view id, std::uint64_t newest) {
    std::lock_guard lock(mutex);
    if (id.empty()) return newest;
    std::uint64_t number = 0;
    if (!id.starts_with(prefix)) return first;
    id.remove_prefix(prefix.size());
    auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size() || number >= next()) return first;
    return number + 1;
  }

  // Has every worker with subscribers look. The mutex is held.
  static void call(const std::shared_ptr<State>& self) {
    for (auto& station : self->stations) {
      if (station->subscribers == 0 || station->called) continue;
      station->called = true;
      station->loop->post([self, to = station.get()] {
        {
          std::lock_guard lock(self->mutex);
          to->called = false;
        }
        to->news.set();
        to->news.reset();
      });
    }
  }

  // Counts a subscriber while it lives, with its worker.
  class Seat {
   public:
    explicit Seat(State& state) : state_(state) {
      EventLoop* loop = &EventLoop::current();
      std::lock_guard lock(state.mutex);
      auto found = std::find_if(state.stations.begin(), state.stations.end(),
                                [loop](const auto& station) { return station->loop == loop; });
      if (found == state.stations.end()) {
        state.stations.push_back(std::make_unique<Station>());
        found = state.stations.end() - 1;
        (*found)->loop = loop;
      }
      station_ = found->get();
      ++station_->subscribers;
      ++state.subscribers;
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
      std::lock_guard lock(state_.mutex);
      --station_->subscribers;
      --state_.subscribers;
    }
    [[nodiscard]] Event& news() const noexcept { return station_->news; }

   private:
    State& state_;
    Station* station_;
  };

  enum class Found : unsigned char { events, nothing, end };
  // Takes what comes from `place` on.
  Found take(std::uint64_t& place, std::string& text) {
    std::lock_guard lock(mutex);
    if (place < first) {
      skipped.fetch_add(first - place, std::memory_order_relaxed);
      if (options.behind == Behind::cut) return Found::end;
      place = first;
    }
    while (place < next() && text.size() < kBatch) text += *kept[static_cast<std::size_t>(place++ - first)];
    if (!text.empty()) return Found::events;
    return closed ? Found::end : Found::nothing;
  }

  static Task<void> serve(std::shared_ptr<State> self, std::uint64_t newest, EventSink& sink) {
    Seat seat(*self);
    std::uint64_t place = self->place_after(sink.last_event_id(), newest);
    for (;;) {
      std::string text;
      const Found found = self->take(place, text);
      if (found == Found::end) co_return;
      if (found == Found::events) {
        co_await sink.send_written(text);
      } else {
        co_await seat.news().wait();
      }
    }
  }
};

EventHub::EventHub() : EventHub(Options()) {}
EventHub::EventHub(Options options) : state_(std::make_shared<State>(options)) {
  state_->options.keep = std::max<std::size_t>(options.keep, 1);
}
EventHub::~EventHub() { close(); }

void EventHub::publish(ServerEvent event) {
  State& state = *state_;
  std::lock_guard lock(state.mutex);
  event.id = state.prefix + std::to_string(state.next());
  auto text = std::make_shared<std::string>();
  append_event(*text, event);
  state.kept.push_back(std::move(text));
  if (state.kept.size() > state.options.keep) {
    state.kept.pop_front();
    ++state.first;
  }
  State::call(state_);
}

Events EventHub::subscribe() {
  // From now: what is published while the answer's head is on its way is not lost.
  std::uint64_t newest = 0;
  {
    const std::lock_guard lock(state_->mutex);
    newest = state_->next();
  }
  Events events([state = state_, newest](EventSink& sink) { return State::serve(state, newest, sink); });
  events.heartbeat(state_->options.heartbeat);
  return events;
}

std::size_t EventHub::subscribers() const noexcept {
  return state_->subscribers.load(std::memory_order_relaxed);
}
std::uint64_t EventHub::skipped() const noexcept { return state_->skipped.load(std::memory_order_relaxed); }

void EventHub::close() {
  std::lock_guard lock(state_->mutex);
  state_->closed = true;
  State::call(state_);
}

}  // namespace ngo
