// Answers of telemetry's back ends: whatever comes, the reader ends, and gives out nothing but bytes of its
// input; what is no message of gRPC is no success.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/codec/protobuf_reader.hpp"
#include "ngo/http/grpc_client.hpp"

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

// The body of an answer, and the same as its words.
void read_reply(std::string_view bytes) {
  constexpr std::size_t kHead = 5;
  const ngo::http::GrpcReply good = ngo::http::read_grpc_reply(200, "0", bytes, bytes);
  if (good.ok() && !bytes.empty() && good.answer.size() + kHead > bytes.size()) std::abort();
  if (!good.ok() && !good.answer.empty()) std::abort();
  if (ngo::http::read_grpc_reply(200, bytes, "", "").status < 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(bytes, 0);
  read_reply(bytes);
  return 0;
}
