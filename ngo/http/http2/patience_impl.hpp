// How many frames that move nothing a peer may send: a bucket that refills by time and by frames that do move
// something. Updates of windows are expected besides, for all that was sent, however late they come and
// however many at a time: a peer that is slow to read is no nuisance. It covers every flood that costs us
// more than its sender: resets (CVE-2023-44487), PING, SETTINGS, WINDOW_UPDATE, PRIORITY, empty DATA,
// CONTINUATION (CVE-2024-28182), streams beyond the limit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "ngo/runtime/clock.hpp"

namespace ngo::http::http2 {

class Patience {
 public:
  Patience(std::uint32_t most, std::uint32_t per_second, TimePoint now) noexcept
      : most_(most), per_second_(per_second), left_(most), counted_(now) {}

  // So many more. False: it is over.
  [[nodiscard]] bool spend(std::int64_t frames, TimePoint now) noexcept {
    if (left_ < frames) refill(now);
    if (left_ < frames) return false;
    left_ -= frames;
    return true;
  }
  // As spend(), of WINDOW_UPDATE.
  [[nodiscard]] bool spend_updates(std::int64_t frames, TimePoint now) noexcept {
    const std::int64_t expected = std::min(frames, expected_updates_);
    expected_updates_ -= expected;
    return frames == expected || spend(frames - expected, now);
  }
  // So many bytes of a body were sent: a peer that reads little by little opens both windows for each piece.
  void sent(std::size_t bytes) noexcept {
    expected_updates_ += 2 + 2 * static_cast<std::int64_t>(bytes / kLeastUpdate);
  }
  // Something useful was done.
  void earn(std::int64_t frames) noexcept { left_ = std::min(left_ + frames, most_); }

 private:
  void refill(TimePoint now) noexcept {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - counted_).count();
    const std::int64_t more = std::min<std::int64_t>(passed, 1'000'000) * per_second_ / 1000;
    if (more <= 0) return;
    counted_ = now;
    earn(more);
  }

  static constexpr std::size_t kLeastUpdate = 512;  // bytes; to open windows in smaller steps is a nuisance

  std::int64_t most_;
  std::int64_t per_second_;
  std::int64_t left_;
  std::int64_t expected_updates_ = 0;
  TimePoint counted_;  // up to here time has been turned into frames
};

}  // namespace ngo::http::http2
