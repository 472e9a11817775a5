// The sources of one process that are not files: made and read at the start, then followed. A source that
// cannot be read afterwards is down, which is a state; what it gave last stays.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ngo/config/command_line.hpp"
#include "ngo/config/data_source.hpp"
#include "ngo/config/environment.hpp"
#include "ngo/config/report.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::config {

struct SourceStatus {
  std::string address;        // as -c gives it, without what is secret in it
  bool up = false;            // the last read went well
  std::string problem;        // why it is down, or what it warns of
  WallTime since{};           // of `up`
  WallTime read{};            // the last time that it could be read
  std::uint64_t changes = 0;  // reads that gave something else than before
  std::uint64_t failures = 0;
};

// Belongs to one loop.
class SourceSet {
 public:
  static constexpr std::chrono::seconds kReadLimit{30};
  static constexpr std::chrono::seconds kCloseLimit{5};
  // After a change that was none.
  static constexpr std::chrono::milliseconds kLeastPause{50};
  // Before a source that is down is tried again; doubled each time.
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::milliseconds kLongestPause{30'000};

  SourceSet();
  // Makes the sources of all addresses that are not files; ${...} in an address is replaced. What is wrong
  // with them is in the report.
  SourceSet(const CommandLine& command_line, const DataSources& makers, const Environment& environment,
            Report& report);
  SourceSet(SourceSet&&) noexcept;
  SourceSet& operator=(SourceSet&&) noexcept;
  ~SourceSet();

  // Reads all, one after the other. One that cannot be read is a mistake in the report, or a warning where it
  // is optional.
  [[nodiscard]] Task<void> read(Report& report);

  // Reads each again whenever it says so, until it is cancelled. `changed` is called after a read that gave
  // something new, `turned` when a source went down or came up again.
  [[nodiscard]] Task<void> follow(std::function<void()> changed,
                                  std::function<void(const SourceStatus&)> turned);
  // Reads all of them now; those that fail keep what they had. True when one gave something new. Not while
  // follow() is being cancelled.
  [[nodiscard]] Task<bool> read_again(std::function<void(const SourceStatus&)> turned);

  // Closes all; nothing else may be awaited.
  [[nodiscard]] Task<void> close();

  // What the source of that address (-c, as given) gave last.
  [[nodiscard]] const std::vector<Document>& documents(const std::string& address) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return sources_.empty(); }
  [[nodiscard]] std::vector<SourceStatus> statuses() const;

 private:
  struct Source;
  using Turned = std::function<void(const SourceStatus&)>;
  // True when it gave something new. Throws what the source throws.
  [[nodiscard]] static Task<bool> read_one(Source& source);
  static void fail(Source& source, std::string problem, const Turned& turned);
  [[nodiscard]] static Task<bool> try_one(Source& source, const Turned& turned);
  // False when it could not be waited for.
  [[nodiscard]] static Task<bool> wait_for_change(Source& source, Duration pause, const Turned& turned);
  [[nodiscard]] static Task<void> follow_one(Source& source, const std::function<void()>& changed,
                                             const Turned& turned);

  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace ngo::config
