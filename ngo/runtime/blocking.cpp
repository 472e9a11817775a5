#include "ngo/runtime/blocking.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "ngo/base/alternate_stack.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {

struct BlockingPool::Impl {
  mutable std::mutex mutex;
  std::condition_variable work;
  std::condition_variable all_ended;
  Options options;
  Stats stats{};
  bool stopping = false;
  Job* first = nullptr;
  Job* last = nullptr;

  void push(Job& job) {
    job.previous_ = last;
    job.next_ = nullptr;
    (last != nullptr ? last->next_ : first) = &job;
    last = &job;
    job.state_ = Job::State::queued;
    ++stats.queued;
  }
  void take(Job& job) {
    (job.previous_ != nullptr ? job.previous_->next_ : first) = job.next_;
    (job.next_ != nullptr ? job.next_->previous_ : last) = job.previous_;
    job.state_ = Job::State::idle;
    --stats.queued;
  }

  void serve() {
    pthread_setname_np(pthread_self(), "ngo-blocking");
    const AlternateStack stack;
    std::unique_lock lock(mutex);
    for (;;) {
      ++stats.idle;
      bool woken =
          work.wait_for(lock, std::chrono::seconds(10), [&] { return stopping || first != nullptr; });
      --stats.idle;
      if (stopping || !woken) break;
      Job& job = *first;
      take(job);
      job.state_ = Job::State::running;
      lock.unlock();
      job.run();  // the job may be gone afterwards
      lock.lock();
      ++stats.completed;
    }
    --stats.threads;
    all_ended.notify_all();
  }
};

BlockingPool::BlockingPool() : BlockingPool(Options()) {}
BlockingPool::BlockingPool(Options options) : impl_(std::make_unique<Impl>()) { impl_->options = options; }

BlockingPool::~BlockingPool() {
  std::unique_lock lock(impl_->mutex);
  impl_->stopping = true;
  impl_->work.notify_all();
  impl_->all_ended.wait(lock, [&] { return impl_->stats.threads == 0; });
}

BlockingPool& BlockingPool::shared() {
  static BlockingPool pool;
  return pool;
}

BlockingPool::Stats BlockingPool::stats() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->stats;
}

void BlockingPool::set_options(Options options) {
  std::lock_guard lock(impl_->mutex);
  impl_->options = options;
}

void BlockingPool::submit(Job& job) {
  std::lock_guard lock(impl_->mutex);
  Stats& stats = impl_->stats;
  if (stats.queued >= impl_->options.queue) {
    ++stats.rejected;
    throw Error(Code::resource_exhausted,
                "the queue of the blocking pool is full: " + std::to_string(stats.queued) +
                    " functions wait for " + std::to_string(stats.threads) + " threads");
  }
  if (stats.idle <= stats.queued && stats.threads < impl_->options.threads) {
    try {
      std::thread([impl = impl_.get()] { impl->serve(); }).detach();
      ++stats.threads;
    } catch (const std::system_error& error) {
      // Those that there are will do; without any the function would wait for ever.
      if (stats.threads == 0) {
        throw Error(Code::resource_exhausted,
                    std::string("cannot start a thread for blocking work: ") + error.what());
      }
    }
  }
  impl_->push(job);
  impl_->work.notify_one();
}

bool BlockingPool::withdraw(Job& job) noexcept {
  std::lock_guard lock(impl_->mutex);
  if (job.state_ != Job::State::queued) return false;
  impl_->take(job);
  return true;
}

namespace detail {

void BlockingAwaiterBase::await_suspend(std::coroutine_handle<> handle) {
  home_ = &EventLoop::current();
  BlockingPool::shared().submit(*this);
  suspend(handle);
  home_->expect_external();
}

void BlockingAwaiterBase::ended() noexcept {
  home_->post([this] {
    home_->external_arrived();
    wake();
  });
}

bool BlockingAwaiterBase::abandon() noexcept {
  if (!BlockingPool::shared().withdraw(*this)) return false;
  home_->external_arrived();
  return true;
}

}  // namespace detail
}  // namespace ngo
