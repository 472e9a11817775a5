// Any text as message, field and name of a field: the line is one line, without control characters, valid
// UTF-8, of bounded length, and in the JSON layout an object that gives the texts back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/sink.hpp"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string_view message = text.substr(0, text.size() * data[0] / 256);
  const std::string_view rest = text.substr(message.size());
  const std::string_view value = rest.substr(rest.size() * data[1] / 256);
  const std::string name = "x_" + std::string(rest.substr(0, rest.size() - value.size()));  // no name of ours
  const ngo::log::Capture captured;
  for (const ngo::log::Layout layout :
       {ngo::log::Layout::txt, ngo::log::Layout::json, ngo::log::Layout::blank}) {
    ngo::log::default_logger.set_layout(layout);
    ngo::log::info(message, {{name, value}, {"n", 1}});
    ngo::log::info("{}", message);
  }
  const auto lines = captured.lines();
  check(lines.size() == 6);
  for (const auto& line : lines) {
    check(line.text.size() < 16 * 1024 && ngo::is_utf8(line.text));
    for (const char c : line.text) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
  // The lines come in pairs, those of the second layout are JSON.
  const auto object = ngo::json::parse<ngo::JsonValue>(lines[2].text);
  static_cast<void>(ngo::json::parse<ngo::JsonValue>(lines[3].text));
  if (message.size() < 1000 && ngo::is_utf8(message)) check(object.find("msg")->as_string() == message);
  return 0;
}
