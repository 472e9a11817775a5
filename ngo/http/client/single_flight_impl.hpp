// Work that several calls of one worker need at the same time is done by the first of them; the others wait
// for what becomes of it. For the sources of the client only.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

class SingleFlight {
 public:
  // Does the work, or waits until whoever does it has ended. Throws what the work failed with, to all of
  // them. When the one who did it was cancelled, or had no time left, the others come back as if it had been
  // done: whether it was is for the caller to see.
  Task<void> run(Task<void> work) {
    if (const std::shared_ptr<Flight> flight = flight_) {
      co_await flight->over.wait();
      if (flight->failed) throw *flight->failed;
      co_return;
    }
    const Landing landing(flight_);
    try {
      co_await std::move(work);
    } catch (const Error& error) {
      Context& mine = Context::current();
      if (!mine.cancelled() && mine.remaining() != Duration::zero()) landing.flight->failed = error;
      throw;
    }
  }

 private:
  struct Flight {
    Event over;
    std::optional<Error> failed;
  };
  // However it ends, be it that the coroutine is destroyed.
  struct Landing {
    explicit Landing(std::shared_ptr<Flight>& its_slot) : slot(its_slot), flight(std::make_shared<Flight>()) {
      slot = flight;
    }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    ~Landing() {
      slot.reset();
      flight->over.set();
    }
    std::shared_ptr<Flight>& slot;
    std::shared_ptr<Flight> flight;
  };
  std::shared_ptr<Flight> flight_;
};

}  // namespace ngo::http
