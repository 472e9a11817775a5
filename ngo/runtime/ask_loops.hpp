// What several loops know, each of itself, gathered for somebody who looks at the process: answers come from
// each loop in its own turn, and a loop that is held by something is left out instead of waited for. Not for
// work that has to be done everywhere: that is run_on().
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {

// Calls ask(i) on loops[i] and gives back what was answered within `patience`, in that order; nothing where
// no answer came, or ask() threw. ask() may be called, and what it holds destroyed, after that time on
// another thread. The loop that this runs on may be among them.
template <class T>
[[nodiscard]] Task<std::vector<std::optional<T>>> ask_loops(std::vector<EventLoop*> loops,
                                                            std::function<T(std::size_t)> ask,
                                                            Duration patience = std::chrono::seconds(1)) {
  struct Part {
    std::optional<T> value;
    std::atomic<bool> answered{false};
  };
  struct Asked {
    Asked(std::size_t count, std::function<T(std::size_t)> question)
        : parts(count), ask(std::move(question)) {}
    void answer(std::size_t i) noexcept {
      try {
        parts[i].value.emplace(ask(i));
      } catch (...) {  // that one has no answer
      }
      parts[i].answered.store(true, std::memory_order_release);
    }
    std::vector<Part> parts;
    std::function<T(std::size_t)> ask;
  };
  auto asked = std::make_shared<Asked>(loops.size(), std::move(ask));
  EventLoop& own = EventLoop::current();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    if (loops[i] == &own) {
      asked->answer(i);
    } else {
      loops[i]->post([asked, i] { asked->answer(i); });
    }
  }
  const TimePoint end = later(own.now(), patience);
  std::vector<std::optional<T>> answers(loops.size());
  for (std::size_t i = 0; i < loops.size(); ++i) {
    Part& part = asked->parts[i];
    while (!part.answered.load(std::memory_order_acquire) && own.now() < end)
      co_await sleep(std::chrono::milliseconds(1));
    if (part.answered.load(std::memory_order_acquire)) answers[i] = std::move(part.value);
  }
  co_return answers;
}

}  // namespace ngo
