// Reads server-sent events whole and byte by byte; what is found must be the same and survive being written
// again.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/http/client/events.hpp"

namespace {

std::string read(ngo::http::EventParser& parser) {
  std::string text;
  while (auto event = parser.next())
    text.append(event->event).append("\1").append(event->id).append("\1").append(event->data).append("\2");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    ngo::http::EventParser whole(4096);
    whole.give(bytes);
    const std::string expected = read(whole);
    ngo::http::EventParser pieces(4096);
    std::string found;
    for (const char byte : bytes) {
      pieces.give({&byte, 1});
      found += read(pieces);
    }
    if (found != expected) {
      std::fprintf(stderr, "events: depend on the pieces: %s / %s\n", expected.c_str(), found.c_str());
      std::abort();
    }
  } catch (const ngo::Error&) {  // too long
  }
  return 0;
}
