// Answers of telemetry's back ends: whatever comes, the reader ends, and gives out nothing but bytes of its
// input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/codec/protobuf_reader.hpp"

namespace {

void read(std::string_view bytes, int depth) {
  ngo::ProtobufReader in(bytes);
  std::size_t fields = 0;
  while (in.next()) {
    if (++fields > bytes.size() || in.field() == 0) std::abort();
    if (in.wire() != ngo::ProtobufReader::Wire::bytes || in.bytes().empty()) continue;
    if (in.bytes().data() < bytes.data() ||
        in.bytes().data() + in.bytes().size() > bytes.data() + bytes.size())
      std::abort();
    if (depth < 8) read(in.bytes(), depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({reinterpret_cast<const char*>(data), size}, 0);
  return 0;
}
