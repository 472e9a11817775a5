// Where finished log lines go. One sink serves all loggers of the process; the console until set_sink() says
// otherwise.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/log/level.hpp"

namespace ngo::log {

// Called by any thread, also by several at once.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Takes one line with its line end. False when it had to be dropped; the count of dropped lines is
  // logged once a line gets through again.
  virtual bool write(Level level, std::string_view line) noexcept = 0;
  // For sinks that gather lines: passes on what has been gathered. Called after each batch of lines.
  virtual void flush() noexcept {}
};

// Replaces the sinks of all loggers by this one; null: each has its own again, which is the console if
// nothing was configured. What was logged before has been written when this returns; a line that another
// thread is just writing may still reach the old sink, which is kept alive for it.
void set_sink(std::shared_ptr<Sink> sink);
[[nodiscard]] std::shared_ptr<Sink> sink();

// Sees each line with its line end as well, on the thread that writes it and under its Context, whatever
// becomes of it. One for the process; null: none. It must be quick and must not log.
using Observer = void (*)(Level level, std::string_view line) noexcept;
void set_observer(Observer observer) noexcept;

// Writes each line with one write(2) to a descriptor (lines over 4 KiB into a pipe: with several), never torn
// by another thread's. A reader that does not keep up is waited for once, for `patience`; then lines are
// dropped until it takes them again. A reader that is gone or a full disk drops lines too: the service goes
// on. SIGPIPE must be ignored, as an App does.
class Console final : public Sink {
 public:
  static constexpr std::chrono::milliseconds kPatience{20};

  // Does not own the descriptor. 1 is standard output. `gathers`: lines are written several at a time, by
  // flush() or when many have come.
  explicit Console(int descriptor = 1, std::chrono::milliseconds patience = kPatience,
                   bool gathers = false) noexcept;
  bool write(Level level, std::string_view line) noexcept override;
  void flush() noexcept override;

 private:
  enum class Target { file, pipe, socket };  // file: whatever does not make a writer wait for a reader

  // What is left of the text when no more is taken.
  [[nodiscard]] std::string_view put(std::string_view text) noexcept;
  [[nodiscard]] bool writable() noexcept;
  bool put_lines(std::string_view lines) noexcept;
  void put_gathered() noexcept;

  std::mutex mutex_;
  std::string gathered_;
  bool gathers_;
  int descriptor_;
  Target target_ = Target::file;
  std::chrono::milliseconds patience_;
  bool stalled_ = false;  // the last line found no room: do not wait again
  bool torn_ = false;     // the last line was written in part
  std::uint64_t lost_ = 0;
};

// Keeps lines in memory instead of writing them, for as long as it lives. For tests.
//
//   log::Capture captured;
//   serve(...);
//   EXPECT_THAT(captured.text(), HasSubstr("listening"));
class Capture {
 public:
  Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();

  struct Line {
    Level level;
    std::string text;  // without its line end
  };
  [[nodiscard]] std::vector<Line> lines() const;
  // All lines, each with its line end.
  [[nodiscard]] std::string text() const;
  void clear();

 private:
  class Memory;
  std::shared_ptr<Memory> memory_;
  std::shared_ptr<Sink> before_;
};

}  // namespace ngo::log
