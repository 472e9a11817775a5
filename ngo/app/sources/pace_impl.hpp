// A long poll that ends again and again without any news must not turn its loop into a mill.
#pragma once

#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

class Pace {
 public:
  // A poll begins.
  void begin() noexcept;
  // It has ended without news: waits for a second where several in a row were over at once.
  [[nodiscard]] Task<void> rest();

 private:
  TimePoint begin_{};
  unsigned quick_ = 0;
};

}  // namespace ngo::app
