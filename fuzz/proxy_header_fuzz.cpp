// PROXY headers: reading never passes the end of the bytes, and what is told of a part holds for the whole: a
// header that is done or broken stays so with more bytes behind it, and has not been so before its last byte.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ngo/net/proxy_header.hpp"

namespace {

using ngo::net::ProxyHeader;
using State = ProxyHeader::State;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "proxy_header_fuzz: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ProxyHeader whole = ngo::net::parse_proxy_header(text);
  if (whole.state == State::done) {
    require(whole.size <= text.size() && whole.size <= ProxyHeader::kLargest, "the size is wrong");
    const std::string exact = text.substr(0, whole.size);
    require(ngo::net::parse_proxy_header(exact).source == whole.source, "what follows the header changes it");
    for (std::size_t seen = 0; seen < exact.size(); ++seen) {
      const std::string part = exact.substr(0, seen);
      require(ngo::net::parse_proxy_header(part).state == State::need_more, "it is done before its end");
    }
  } else if (whole.state == State::broken) {
    require(ngo::net::parse_proxy_header(text + "\r\n").state == State::broken, "it is mended by more bytes");
  } else {
    require(text.size() < ProxyHeader::kLargest, "it waits for ever");
  }
  return 0;
}
