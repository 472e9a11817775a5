// How late the loops of the workers are: a timer on each, a few times a second. A sample, not a sum: what
// holds a worker for less than the probe's interval is found by luck, what lasts is found always. The loops
// do nothing for it in between.
#pragma once

#include <memory>
#include <vector>

#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {

class LoopProbes {
 public:
  // Begins to probe. Destroy it when the workers have been stopped, while they are still there.
  LoopProbes(Metrics& metrics, Workers& workers);
  LoopProbes(const LoopProbes&) = delete;
  LoopProbes& operator=(const LoopProbes&) = delete;
  ~LoopProbes();

 private:
  class Probe;
  std::vector<std::unique_ptr<Probe>> probes_;
};

}  // namespace ngo::app
