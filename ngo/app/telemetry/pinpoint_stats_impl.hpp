// What Pinpoint's statistics are made of.
#pragma once

#include <cstdint>

#include "ngo/trace/pinpoint_encoder.hpp"

namespace ngo::app {

// Reads the process and its host; the load of the processors is that since the reading before.
class PinpointStats {
 public:
  PinpointStats() { static_cast<void>(read()); }
  [[nodiscard]] trace::PinpointStat read();

 private:
  struct Times {  // microseconds
    std::int64_t wall = 0;
    std::int64_t process = 0;
    std::int64_t busy = 0;   // of all processors
    std::int64_t spent = 0;  // busy and idle
  };
  [[nodiscard]] static Times times();

  Times before_;
};

}  // namespace ngo::app
