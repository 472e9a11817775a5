// How long each step of the start took. Written by the main thread alone, before and while the service
// starts; read at the ops port, which is served by the same thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ngo/base/civil_time.hpp"

namespace ngo::app {

class StartupTimeline {
 public:
  struct Step {
    std::string name;  // "ngo.configure", "ngo.module redis"
    SystemTime begin;
    SystemTime end;              // the same as begin: not over
    std::ptrdiff_t parent = -1;  // the step that this one is a part of, by its number
  };

  // A step lasts until this is destroyed.
  class Running {
   public:
    Running(StartupTimeline& timeline, std::string name);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

   private:
    StartupTimeline& timeline_;
    std::size_t number_;
  };

  [[nodiscard]] Running step(std::string name) { return {*this, std::move(name)}; }
  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  [[nodiscard]] SystemTime began() const noexcept { return began_; }

 private:
  std::vector<Step> steps_;
  std::ptrdiff_t open_ = -1;  // the innermost that runs
  SystemTime began_ = std::chrono::system_clock::now();
};

}  // namespace ngo::app
