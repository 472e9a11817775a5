// What the client benchmarks share: their arguments, and one line of JSON at the end.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace bench {

struct Wanted {
  int port;
  int connections;
  int seconds;
  bool http2;  // in plain text, and `connections` is how many streams there are at once
};

inline Wanted read_arguments(int argc, char** argv) {
  const bool http2 = argc == 5 && std::strcmp(argv[4], "http2") == 0;
  if (argc != 4 && !http2) {
    std::fprintf(stderr, "usage: %s PORT CONNECTIONS SECONDS [http2]\n", argv[0]);
    std::exit(2);
  }
  return {std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), http2};
}

inline std::int64_t now_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Counts responses. What happens in the first fifth of the time, while connections are opened and memory is
// touched, does not count.
class Report {
 public:
  explicit Report(const Wanted& wanted)
      : begin_(now_ns(CLOCK_MONOTONIC)), limit_(std::int64_t{wanted.seconds} * 1'000'000'000) {}

  void answered() {
    ++requests_;
    if ((requests_ & 63) != 0) return;
    const std::int64_t now = now_ns(CLOCK_MONOTONIC);
    if (!counting_ && now - begin_ > limit_ / 5) {
      counting_ = true;
      counted_since_ = now;
      counted_from_ = requests_;
      cpu_since_ = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    }
    if (now - begin_ > limit_) over_ = true;
  }
  [[nodiscard]] bool over() const { return over_; }

  void print() const {
    const auto requests = static_cast<long long>(requests_ - counted_from_);
    const long long cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_since_;
    const long long wall = now_ns(CLOCK_MONOTONIC) - counted_since_;
    std::printf("{\"requests\":%lld,\"cpu_ns\":%lld,\"wall_ns\":%lld}\n", requests, cpu, wall);
  }

 private:
  std::int64_t begin_;
  std::int64_t limit_;
  std::int64_t requests_ = 0;
  std::int64_t counted_from_ = 0;
  std::int64_t counted_since_ = 0;
  std::int64_t cpu_since_ = 0;
  bool counting_ = false;
  bool over_ = false;
};

}  // namespace bench
