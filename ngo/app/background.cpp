#include "ngo/app/background.hpp"

#include <exception>

#include "ngo/log/log.hpp"

namespace ngo::app {

void BackgroundWork::start(Task<void> work) {
  CurrentContext restore(Context::current());
  run(*this, std::move(work));
}

detail::Root BackgroundWork::run(BackgroundWork& self, Task<void> work) {
  ++self.running_;
  CurrentContext::set(&self.context_);
  try {
    co_await std::move(work);
  } catch (const std::exception& error) {
    if (!self.context_.cancelled())
      log::error("background work of {} ended by a failure: {}", self.title_, error.what());
  }
  CurrentContext::set(nullptr);
  --self.running_;
  self.ended_.set();
}

Task<void> BackgroundWork::end() {
  context_.cancel();
  while (running_ > 0) {
    ended_.reset();
    co_await ended_.wait();
  }
}

}  // namespace ngo::app
