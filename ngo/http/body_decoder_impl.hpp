// The body of a request that came compressed, and how much it has grown by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ngo/codec/compression.hpp"

namespace ngo::http {

class BodyDecoder {
 public:
  explicit BodyDecoder(Coding coding) : decompressor_(coding) {}

  // More coded bytes, which must stay where they are until next() has given out nothing.
  void give(std::string_view coded) noexcept {
    in_ += coded.size();
    pending_ = coded;
  }
  // Up to 16 KiB of what the bytes mean, valid until the next call; empty: give() more. Throws
  // Error{invalid_argument}.
  [[nodiscard]] std::string_view next() {
    std::size_t size = decompressor_.read(pending_, room_);
    out_ += size;
    return {room_.data(), size};
  }
  [[nodiscard]] bool ended() const noexcept { return decompressor_.ended(); }
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return in_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return out_; }
  // A few hundred bytes of zeros are no attack: the ratio counts from 64 KiB on.
  [[nodiscard]] bool ratio_above(std::uint64_t most) const noexcept {
    return out_ > kHarmless && out_ / most > in_;
  }

 private:
  static constexpr std::uint64_t kHarmless = 64 * 1024;
  Decompressor decompressor_;
  std::string_view pending_;
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
  std::array<char, 16 * 1024> room_;
};

}  // namespace ngo::http
