// How many frames that move nothing a peer may send: a bucket that refills by time and by frames that do move
// something. It covers every flood that costs us more than its sender: resets (CVE-2023-44487), PING,
// SETTINGS, WINDOW_UPDATE, PRIORITY, empty DATA, CONTINUATION (CVE-2024-28182), streams beyond the limit.
//
// WINDOW_UPDATE has an account beside the bucket, since a bucket has a brim: what a peer owes for megabytes
// that lie in the buffers of sockets arrives at once when it, or we, were slow, long after the bucket has
// been full. What has been sent is paid back in full whenever that is; who never reads is paid nothing.
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
  // The same for frames WINDOW_UPDATE.
  [[nodiscard]] bool spend_updates(std::int64_t frames, TimePoint now) noexcept {
    const std::int64_t owed = std::min(frames, updates_);
    updates_ -= owed;
    return frames == owed || spend(frames - owed, now);
  }

  // Something useful was done.
  void earn(std::int64_t frames) noexcept { left_ = std::min(left_ + frames, most_); }
  // A frame HEADERS or DATA has been sent, with so many bytes of a body. A peer that reads little by little
  // opens both windows for each piece.
  void sent(std::size_t body) noexcept {
    if (body == 0 || body >= kLeastUpdate) earn(2);
    if (body >= kLeastUpdate) updates_ += 2 + static_cast<std::int64_t>(body / kLeastUpdate);
  }

 private:
  // Bytes; a peer that opens its windows in smaller steps is a nuisance.
  static constexpr std::size_t kLeastUpdate = 512;

  void refill(TimePoint now) noexcept {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - counted_).count();
    const std::int64_t more = std::min<std::int64_t>(passed, 1'000'000) * per_second_ / 1000;
    if (more <= 0) return;
    counted_ = now;
    earn(more);
  }

  std::int64_t most_;
  std::int64_t per_second_;
  std::int64_t left_;
  std::int64_t updates_ = 0;  // that follow from what was sent
  TimePoint counted_;         // up to here time has been turned into frames
};

}  // namespace ngo::http::http2
