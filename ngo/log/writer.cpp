#include "ngo/log/writer.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <ctime>

#include "ngo/log/registry_impl.hpp"
#include "ngo/log/writer_impl.hpp"

namespace ngo::log {
namespace {

// So long a line may wait while others come all the time: nobody needs to wake a writer that only naps.
constexpr std::chrono::milliseconds kNap{10};
constexpr int kNapsBeforeSleep = 2;
// A line that comes just when the writer falls asleep may not be noticed: it waits so long.
constexpr std::chrono::milliseconds kSleep{100};

// Orders the lines of several threads. The time stamp counter is read in a third of the time of a clock.
std::uint64_t tick() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::milliseconds limit) noexcept {
  timespec time{};
  time.tv_sec = static_cast<time_t>(limit.count() / 1000);
  time.tv_nsec = static_cast<long>(limit.count() % 1000) * 1'000'000;
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, &time, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

constinit thread_local Ring* this_ring = nullptr;
constinit thread_local bool thread_ended = false;  // its last lines are written where they are made
constinit thread_local bool is_writer = false;

struct EndOfThread {
  ~EndOfThread() {
    if (this_ring != nullptr) this_ring->abandon();
    this_ring = nullptr;
    thread_ended = true;
  }
};

class Queued final : public Sink {
 public:
  explicit Queued(std::shared_ptr<Sink> target) : target_(std::move(target)) {}
  // Nobody may hold a line for a target that is gone.
  ~Queued() override { Writer::shared().flush(std::chrono::seconds(5)); }

  bool write(Level level, std::string_view line) noexcept override {
    return Writer::shared().push(*target_, level, line);
  }
  void flush() noexcept override { Writer::shared().flush(std::chrono::seconds(5)); }

 private:
  std::shared_ptr<Sink> target_;
};

}  // namespace

// Lives for ever: other threads may log while the process ends.
Writer& Writer::shared() {
  static Writer* const kWriter = new Writer;
  return *kWriter;
}

void Writer::start(const WriterOptions& options) {
  const std::lock_guard lock(mutex_);
  queue_size_ = std::bit_ceil(std::max<std::size_t>(options.queue_size, 64 * 1024));
  if (thread_.joinable()) return;
  stopping_.store(false);
  // Signals are for others.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "ngo-log");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  running_.store(true, std::memory_order_release);
}

void Writer::stop() noexcept {
  std::thread ending;
  {
    const std::lock_guard lock(mutex_);
    running_.store(false);
    stopping_.store(true);
    ending = std::move(thread_);
  }
  if (!ending.joinable()) return;
  wake();
  ending.join();
  // Of threads that were about to queue a line just then.
  drain();
}

bool Writer::is_here() const noexcept { return is_writer; }

bool Writer::push(Sink& sink, Level level, std::string_view line) noexcept {
  if (running_.load(std::memory_order_relaxed)) [[likely]] {
    Ring* const ring = this_ring != nullptr ? this_ring : ring_of_this_thread();
    if (ring != nullptr) {
      if (!ring->push(sink, level, tick(), line)) {
        wake();
        return false;
      }
      const std::uint32_t state = state_.load(std::memory_order_relaxed);
      if (state == sleeping || (state == napping && ring->half_full())) wake();
      return true;
    }
  }
  const bool written = sink.write(level, line);
  sink.flush();
  return written;
}

Ring* Writer::ring_of_this_thread() noexcept {
  if (thread_ended) return nullptr;
  try {
    thread_local EndOfThread end;
    static_cast<void>(end);
    const std::lock_guard lock(mutex_);
    rings_.push_back(std::make_unique<Ring>(queue_size_));
    this_ring = rings_.back().get();
    return this_ring;
  } catch (const std::exception&) {
    return nullptr;  // no memory for a queue: lines are written where they are made
  }
}

void Writer::wake() noexcept {
  if (state_.load(std::memory_order_relaxed) != busy && state_.exchange(busy) != busy) futex_wake(state_);
}

bool Writer::flush(std::chrono::milliseconds limit) noexcept {
  if (!is_running() || is_here()) return true;
  return flush_from_signal(limit);
}

bool Writer::flush_from_signal(std::chrono::milliseconds limit) noexcept {
  const std::uint32_t wanted = flush_wanted_.fetch_add(1) + 1;
  wake();
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t end = now.tv_sec * 1000 + now.tv_nsec / 1'000'000 + limit.count();
  while (true) {
    const std::uint32_t done = flush_done_.load(std::memory_order_acquire);
    if (static_cast<std::int32_t>(done - wanted) >= 0) return true;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t left = end - (now.tv_sec * 1000 + now.tv_nsec / 1'000'000);
    if (left <= 0 || !is_running()) return !is_running();
    wake();
    futex_wait(flush_done_, done, std::chrono::milliseconds(std::min<std::int64_t>(left, 20)));
  }
}

void Writer::crash_from_signal(std::chrono::milliseconds limit) noexcept {
  crash_wanted_.store(true);
  flush_from_signal(limit);
}

void Writer::run() noexcept {
  is_writer = true;
  int idle = 0;
  while (true) {
    const std::uint32_t flush = flush_wanted_.load(std::memory_order_acquire);
    const bool last = stopping_.load();
    bool any = drain();
    if (crash_wanted_.exchange(false)) {
      report_crash();
      any = drain();
    }
    if (flush_done_.load(std::memory_order_relaxed) != flush) {
      flush_done_.store(flush, std::memory_order_release);
      futex_wake(flush_done_);
    }
    if (last) break;
    free_abandoned();
    Registry::tick();
    idle = any ? 0 : idle + 1;
    if (idle < kNapsBeforeSleep) {
      rest(napping, kNap);
    } else {
      rest(sleeping, kSleep);
    }
  }
}

void Writer::rest(State how, std::chrono::milliseconds limit) noexcept {
  state_.store(how);
  const bool wanted = flush_wanted_.load() != flush_done_.load(std::memory_order_relaxed) || stopping_.load();
  if (!wanted) futex_wait(state_, how, limit);
  state_.store(busy);
}

// Hands over all that was there when it began. True: there was something.
bool Writer::drain() noexcept {
  const std::uint64_t until = tick();
  sources_.clear();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& ring : rings_) {
      if (const Ring::Record* const front = ring->front()) sources_.push_back({ring.get(), front});
    }
  }
  if (sources_.empty()) return false;
  while (!sources_.empty()) {
    // Few threads log at a time: looking at all of them is quicker than keeping them in order.
    auto next = sources_.begin();
    for (auto it = next + 1; it < sources_.end(); ++it) {
      if (it->front->time < next->front->time) next = it;
    }
    const Ring::Record& record = *next->front;
    if (std::find(touched_.begin(), touched_.end(), record.sink) == touched_.end())
      touched_.push_back(record.sink);
    if (!record.sink->write(record.level, record.text())) Registry::add_dropped(1);
    next->ring->pop();
    next->front = next->ring->front();
    if (next->front == nullptr || next->front->time > until) sources_.erase(next);
  }
  for (Sink* const sink : touched_) sink->flush();
  touched_.clear();
  return true;
}

void Writer::free_abandoned() noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(rings_, [](const auto& ring) { return ring->abandoned() && ring->empty(); });
}

void start_writer(const WriterOptions& options) { Writer::shared().start(options); }
void stop_writer() noexcept { Writer::shared().stop(); }
bool flush(std::chrono::milliseconds limit) noexcept { return Writer::shared().flush(limit); }
std::shared_ptr<Sink> queued(std::shared_ptr<Sink> target) {
  return std::make_shared<Queued>(std::move(target));
}

}  // namespace ngo::log
