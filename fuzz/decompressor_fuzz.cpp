// Decompressors on bytes that nobody has compressed, and compressors on their way back. The first byte
// chooses the coding and how the rest is cut.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/codec/compression.hpp"

namespace {

constexpr std::size_t kMost = 1 << 20;

void want(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto coding = static_cast<ngo::Coding>(1 + data[0] % 3);
  const std::size_t piece = 1 + (data[0] >> 2U);
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    ngo::Decompressor decompressor(coding);
    std::array<char, 512> room;
    std::size_t total = 0;
    std::string_view rest = input;
    while (!rest.empty() && total < kMost) {
      std::string_view now = rest.substr(0, piece);
      rest.remove_prefix(now.size());
      while (std::size_t got = decompressor.read(now, room)) {
        want(got <= room.size());
        total += got;
        if (total >= kMost) break;
      }
      want(total >= kMost || now.empty());
    }
  } catch (const ngo::Error&) {
    // What most inputs come to.
  }
  want(ngo::decompress(coding, ngo::compress(coding, 1, input), input.size()) == input);
  return 0;
}
