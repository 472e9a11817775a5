// Any bytes as what Nacos and Consul answer. What is no such message is refused by an exception.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/app/sources/consul_messages_impl.hpp"
#include "ngo/app/sources/nacos_messages_impl.hpp"
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
    if (ngo::app::nacos::read_changed(text).size() > text.size()) std::abort();
  });
  attempt([text] { static_cast<void>(ngo::app::nacos::read_data(text)); });
  attempt([text] {
    if (ngo::app::nacos::read_token(text).empty()) std::abort();
  });
  attempt([text] { static_cast<void>(ngo::app::consul::read_pairs(text)); });
  const std::uint64_t index = ngo::app::consul::next_index(7, text);
  if (index != 0 && index < 7) std::abort();
  return 0;
}
