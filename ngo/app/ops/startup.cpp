#include "ngo/app/ops/startup.hpp"

#include <utility>

namespace ngo::app {

StartupTimeline::Running::Running(StartupTimeline& timeline, std::string name)
    : timeline_(timeline), number_(timeline.steps_.size()) {
  const SystemTime now = std::chrono::system_clock::now();
  timeline_.steps_.push_back({std::move(name), now, now, timeline_.open_});
  timeline_.open_ = static_cast<std::ptrdiff_t>(number_);
}

StartupTimeline::Running::~Running() {
  Step& step = timeline_.steps_[number_];
  step.end = std::chrono::system_clock::now();
  timeline_.open_ = step.parent;
}

}  // namespace ngo::app
