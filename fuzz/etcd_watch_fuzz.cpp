// Any bytes as what etcd's JSON gateway answers: lines of a watch, ranges, tokens, failures. What is no such
// message is refused by an exception.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/app/sources/etcd_messages_impl.hpp"
#include "ngo/base/error.hpp"

namespace {

template <class F>
void attempt(F f) {
  try {
    f();
  } catch (const ngo::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([text] {
    const ngo::app::etcd::News news = ngo::app::etcd::read_news(text);
    if (news.compacted < 0) std::abort();
  });
  attempt([text] {
    const ngo::app::etcd::Range range = ngo::app::etcd::read_range(text);
    if (range.revision < 0) std::abort();
  });
  attempt([text] {
    if (ngo::app::etcd::read_token(text).empty()) std::abort();
  });
  static_cast<void>(ngo::app::etcd::is_about_token(ngo::app::etcd::read_failure(text)));
  return 0;
}
