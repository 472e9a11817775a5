// Where kept spans go: one small interface for every back end. A batch processor (bounded queue, backoff,
// counters) stands before each exporter, so an exporter encodes and sends, and nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

struct ExportResult {
  enum class Outcome : std::uint8_t {
    done,   // taken, but for `rejected`
    retry,  // not taken; the same batch may be sent again after `retry_after`, or by the usual backoff
    drop,   // not taken and never will be
  };
  Outcome outcome = Outcome::done;
  std::size_t rejected = 0;  // spans that the back end refused although it took the batch
  std::string why;           // of everything but a plain success, for the log
  std::optional<Duration> retry_after;
};

// Used by one loop. What cannot be reached, answers slowly or with garbage is a result, not an exception.
class Exporter {
 public:
  Exporter() = default;
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  virtual ~Exporter() = default;

  // "zipkin"; for logs and metrics.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual Task<ExportResult> send(std::span<const FragmentPtr> batch) = 0;
  // Work beside the batches, such as a keep-alive or a registration; cancelled when the service stops.
  [[nodiscard]] virtual Task<void> run() { co_return; }
};

}  // namespace ngo::trace
