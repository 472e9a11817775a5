// Any text as a file of every format: the first byte says which. No text may crash a reader, and every tree
// has places inside of the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ngo/config/format.hpp"

namespace {

void check(const ngo::config::Node& node, std::uint32_t lines) {
  if (node.place().line > lines) std::abort();
  for (const ngo::config::Node& element : node.elements()) check(element, lines);
  for (const auto& entry : node.entries()) check(entry.value, lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto format = static_cast<ngo::config::Format>(data[0] % 7);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  ngo::config::Report report;
  const ngo::config::Node root = ngo::config::parse_text(format, text, "f", report);
  if (!root.is_map()) std::abort();
  std::uint32_t lines = 2;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  check(root, lines);
  return 0;
}
