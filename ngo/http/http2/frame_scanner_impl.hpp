// A look at the frames of a client before the library sees them, at the nine bytes of each head and at few
// payloads. It counts those that move nothing, and finds what the library lets pass and RFC 9113 does not:
// frames on streams that the client has ended itself (section 5.1: the library forgets closed streams, and
// which have been closed by the server depends on the moment), WINDOW_UPDATE by 0 (section 6.9), and PRIORITY
// on stream 0 or of a stream that depends on itself (RFC 7540 section 5.3.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::http::http2 {

class FrameScanner {
 public:
  enum class Verdict : unsigned char { right, protocol_error, stream_closed };

  // `skip`: bytes before the first frame (the client's preface).
  explicit FrameScanner(std::size_t skip) noexcept : skip_(skip) {}

  // Bytes in any pieces. Anything but right: the connection cannot go on.
  [[nodiscard]] Verdict scan(std::string_view bytes);

  // Frames since the last call that moved nothing, those that opened windows, and pieces of bodies.
  [[nodiscard]] std::uint32_t take_idle() noexcept { return std::exchange(idle_, 0); }
  [[nodiscard]] std::uint32_t take_updates() noexcept { return std::exchange(updates_, 0); }
  [[nodiscard]] std::uint32_t take_useful() noexcept { return std::exchange(useful_, 0); }

 private:
  static constexpr std::size_t kHead = 9;

  [[nodiscard]] std::uint32_t number(std::size_t at) const noexcept {
    return static_cast<std::uint32_t>(byte(at)) << 24U | static_cast<std::uint32_t>(byte(at + 1)) << 16U |
           static_cast<std::uint32_t>(byte(at + 2)) << 8U | byte(at + 3);
  }
  [[nodiscard]] unsigned char byte(std::size_t at) const noexcept {
    return static_cast<unsigned char>(bytes_[at]);
  }
  [[nodiscard]] std::size_t length() const noexcept { return number(0) >> 8U; }
  [[nodiscard]] std::uint32_t stream() const noexcept { return number(5) & 0x7fffffffU; }
  [[nodiscard]] std::size_t looked_at() const noexcept;
  [[nodiscard]] Verdict judge();
  [[nodiscard]] Verdict judge_message(bool headers, bool ends);
  void ended(std::uint32_t id) noexcept;

  std::size_t skip_;
  std::size_t have_ = 0;
  std::array<char, kHead + 4> bytes_{};
  std::uint32_t idle_ = 0;
  std::uint32_t updates_ = 0;
  std::uint32_t useful_ = 0;
  std::uint32_t last_ = 0;              // the highest stream that the client has opened
  std::uint64_t recent_ = 0;            // of the last 64 that it could have opened, those that it has
  std::vector<std::uint32_t> sending_;  // those that it has not ended
  bool lenient_ = false;                // they were too many to remember
};

}  // namespace ngo::http::http2
