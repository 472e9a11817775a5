// A line for each request, written after its answer, so that status, bytes and duration are those that were.
//
// The pattern is compiled once for the server. Each worker has a writer that puts lines together in memory of
// its own and hands them to the sink when the turn of its loop ends, many in one go: requests that
// were answered together share what a write costs. No value from a request can end a line or a quote.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/middleware/access_log_options.hpp"
#include "ngo/http/middleware/access_log_pattern.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo {

class Context;
class EventLoop;
class Response;

namespace http {

class RequestHead;

// What there is to tell of one request. Only read while write() runs.
struct AccessRecord {
  const RequestHead* head = nullptr;   // null: what came was no request
  const Response* response = nullptr;  // null: there was none
  const Context* context = nullptr;    // for %{X}r
  std::string_view client;             // as it is to be written: numbers, dots and colons
  std::string_view peer;
  std::string_view request_id;
  std::string_view route;
  int status = 0;  // 100 to 999
  std::uint64_t body_bytes = 0;
  Duration took{};
  char connection = '+';  // %X: '+' goes on, '-' was closed, 'X' broke before the answer was complete
};

class AccessLog {
 public:
  // Throws Error{invalid_argument} for a pattern that is none, {unavailable} when the file cannot be opened.
  // `sink`: where lines go instead of where the options say.
  explicit AccessLog(const AccessLogOptions& options, std::shared_ptr<log::Sink> sink = nullptr);

  [[nodiscard]] const AccessLogPattern& pattern() const noexcept { return pattern_; }
  [[nodiscard]] log::Sink& sink() const noexcept { return *sink_; }
  // Bytes of lines that are handed over at once.
  [[nodiscard]] std::size_t batch() const noexcept { return batch_; }
  // An address of this machine that others can reach, if it has one.
  [[nodiscard]] const std::string& own_address() const noexcept { return own_address_; }

 private:
  AccessLogPattern pattern_;
  std::shared_ptr<log::Sink> sink_;
  std::size_t batch_;
  std::string own_address_;
};

// One worker's part. `log` and `loop` must outlive it; what has been collected is written at its end.
class AccessLogWriter {
 public:
  AccessLogWriter(const AccessLog& log, EventLoop& loop);
  AccessLogWriter(const AccessLogWriter&) = delete;
  AccessLogWriter& operator=(const AccessLogWriter&) = delete;
  ~AccessLogWriter();

  void write(const AccessRecord& record) noexcept;
  // Hands over what has been collected.
  void flush() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
}  // namespace ngo
