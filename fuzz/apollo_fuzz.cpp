// Any bytes as what Apollo answers: notifications, releases, configuration services. What is no such message
// is refused by an exception; keys and values of a release survive as a text of properties.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/app/sources/apollo_messages_impl.hpp"
#include "ngo/base/error.hpp"

namespace {

template <class F>
void attempt(F f) {
  try {
    f();
  } catch (const ngo::Error&) {
  }
}

// A key that is no path stays one key; its value comes back but for blanks around it.
void check(const std::string& key, const std::string& value) {
  if (key.empty() || key.find_first_of(".[]") != std::string::npos || key.find('\0') != std::string::npos ||
      value.find('\0') != std::string::npos)
    return;
  ngo::config::Report report;
  const ngo::config::Node root = ngo::config::parse_text(
      ngo::config::Format::properties, ngo::app::apollo::to_properties({{key, value}}), "f", report);
  if (root.entries().size() != 1 || root.entries()[0].key != key) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  attempt([text] {
    for (const ngo::app::apollo::Notification& each : ngo::app::apollo::read_notifications(text)) {
      static_cast<void>(ngo::app::apollo::write_notifications({each}));
      static_cast<void>(ngo::app::apollo::suffix_of(ngo::app::apollo::wire_name(each.namespace_name)));
    }
  });
  attempt([text] {
    const ngo::app::apollo::Release release = ngo::app::apollo::read_release(text);
    ngo::app::apollo::Configurations all;
    ngo::app::apollo::apply(release, all);
    for (const auto& [key, value] : all) check(key, value);
  });
  attempt([text] { static_cast<void>(ngo::app::apollo::read_services(text)); });
  return 0;
}
