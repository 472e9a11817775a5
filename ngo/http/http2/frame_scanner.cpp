#include <nghttp2/nghttp2.h>

#include "ngo/http/http2/frame_scanner_impl.hpp"

namespace ngo::http::http2 {
namespace {

// A stream that the server has ended early stays among those that the client sends on, since the client may
// never say that it is done. So many are remembered.
constexpr std::size_t kMostSending = 1024;

}  // namespace

FrameScanner::Verdict FrameScanner::scan(std::string_view bytes) {
  for (;;) {
    const std::size_t skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
    if (bytes.empty()) return Verdict::right;
    const std::size_t wanted = kHead + (have_ < kHead ? 0 : looked_at());
    const std::size_t taken = std::min(wanted - have_, bytes.size());
    std::copy_n(bytes.begin(), taken, bytes_.begin() + static_cast<std::ptrdiff_t>(have_));
    have_ += taken;
    bytes.remove_prefix(taken);
    if (have_ < kHead) return Verdict::right;
    if (have_ < kHead + looked_at()) continue;
    if (const Verdict verdict = judge(); verdict != Verdict::right) return verdict;
    skip_ = length() - looked_at();
    have_ = 0;
  }
}

// How much of the payload. A wrong length is the library's business.
std::size_t FrameScanner::looked_at() const noexcept {
  switch (byte(3)) {
    case NGHTTP2_PRIORITY: return length() == 5 ? 4 : 0;
    case NGHTTP2_WINDOW_UPDATE: return length() == 4 ? 4 : 0;
    default: return 0;
  }
}

FrameScanner::Verdict FrameScanner::judge() {
  const unsigned char type = byte(3);
  const bool ends = (byte(4) & NGHTTP2_FLAG_END_STREAM) != 0;
  if (type == NGHTTP2_HEADERS) return judge_message(true, ends);
  if (type == NGHTTP2_DATA) {
    ++(length() > 0 || ends ? useful_ : idle_);
    return judge_message(false, ends);
  }
  ++(type == NGHTTP2_WINDOW_UPDATE ? updates_ : idle_);
  if (type == NGHTTP2_RST_STREAM) ended(stream());
  if (looked_at() == 0) return Verdict::right;
  const std::uint32_t value = number(kHead) & 0x7fffffffU;
  const bool right = type == NGHTTP2_PRIORITY ? stream() != 0 && stream() != value : value != 0;
  return right ? Verdict::right : Verdict::protocol_error;
}

// HEADERS or DATA.
FrameScanner::Verdict FrameScanner::judge_message(bool headers, bool ends) {
  const std::uint32_t id = stream();
  if (id % 2 == 0) return Verdict::right;  // none of a client's: the library's business
  if (id > last_) {
    if (!headers) return Verdict::right;  // the same
    const std::uint32_t step = (id - last_ + 1) / 2;
    recent_ = step < 64 ? recent_ << step | 1U : 1;
    last_ = id;
    if (ends) return Verdict::right;
    if (sending_.size() >= kMostSending) {
      lenient_ = true;
    } else {
      sending_.push_back(id);
    }
    return Verdict::right;
  }
  const auto at = std::find(sending_.rbegin(), sending_.rend(), id);
  if (at == sending_.rend()) {
    if (lenient_) return Verdict::right;
    const std::uint32_t back = (last_ - id) / 2;
    const bool opened = back >= 64 || (recent_ >> back & 1U) != 0;
    return opened ? Verdict::stream_closed : Verdict::protocol_error;
  }
  if (ends) ended(id);
  return Verdict::right;
}

void FrameScanner::ended(std::uint32_t id) noexcept { std::erase(sending_, id); }

}  // namespace ngo::http::http2
