#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/runtime/poller.hpp"

namespace ngo {
namespace {

[[noreturn]] void fail(const char* what) {
  const bool limit = errno == EMFILE || errno == ENFILE || errno == ENOSPC || errno == ENOMEM;
  throw Error(Code::resource_exhausted,
              std::string(what) + ": " + std::strerror(errno) +
                  (limit ? " (raise the limit of open files: ulimit -n, fs.epoll.max_user_watches)" : ""));
}

class EpollPoller final : public Poller, private IoHandler {
 public:
  EpollPoller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (epoll_ < 0 || wake_ < 0) fail("cannot create an event loop");
    EpollPoller::add(wake_, *this);
  }
  ~EpollPoller() override {
    close(wake_);
    close(epoll_);
  }
  EpollPoller(const EpollPoller&) = delete;
  EpollPoller& operator=(const EpollPoller&) = delete;

  void add(int descriptor, IoHandler& handler) override {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &handler;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("cannot watch a descriptor");
  }

  void remove(int descriptor, IoHandler& handler) noexcept override {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    for (int i = position_ + 1; i < count_; ++i) {
      if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
    }
  }

  void wait(std::optional<Duration> timeout, void (*on_woken)(void*), void* argument) noexcept override {
    int milliseconds = -1;
    if (timeout) {
      // Rounded up, so that a timer is due when the wait for it ends.
      auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
      milliseconds = static_cast<int>(std::min<std::int64_t>(rounded, 3'600'000));
    }
    count_ = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), milliseconds);
    on_woken(argument);
    for (position_ = 0; position_ < count_; ++position_) {
      prefetch(position_ + kLookAhead);
      const epoll_event& event = events_[position_];
      if (event.data.ptr == nullptr) continue;
      std::uint32_t bits = 0;
      if ((event.events & EPOLLIN) != 0) bits |= Readiness::kRead;
      if ((event.events & EPOLLOUT) != 0) bits |= Readiness::kWrite;
      if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) bits |= Readiness::kHangUp;
      static_cast<IoHandler*>(event.data.ptr)->on_ready(Readiness{bits});
    }
    count_ = 0;
  }

  void wake() noexcept override {
    std::uint64_t one = 1;
    [[maybe_unused]] ssize_t written = write(wake_, &one, sizeof one);
  }

 private:
  static constexpr int kLookAhead = 3;    // events
  static constexpr int kObjectLines = 6;  // of 64 bytes

  // With a thousand connections none is in the cache when its event comes. A handler is the head, or near the
  // head, of the object that serves the event, so that object is asked for while others are served.
  void prefetch(int index) const noexcept {
    if (index >= count_ || events_[index].data.ptr == nullptr) return;
    const auto* object = static_cast<const char*>(events_[index].data.ptr);
    for (int line = 0; line < kObjectLines; ++line) __builtin_prefetch(object + 64L * line);
  }

  // The eventfd was written. Edge-triggered: it need not be read; another write is another edge.
  void on_ready(Readiness) noexcept override {}

  int epoll_;
  int wake_;
  int count_ = 0;
  int position_ = 0;
  std::array<epoll_event, 256> events_;
};

}  // namespace

std::unique_ptr<Poller> Poller::create() { return std::make_unique<EpollPoller>(); }

}  // namespace ngo
