#include "ngo/http/file_name.hpp"

#include <array>

#include "ngo/base/text.hpp"
#include "ngo/base/utf8.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kLongest = 200;
constexpr std::size_t kLongestExtension = 20;

// Invisible characters that change how those around them are shown (U+200B to U+200F, U+202A to U+202E,
// U+2060 to U+2069, U+FEFF), and the controls U+0080 to U+009F. `text` is valid UTF-8.
std::size_t length_of_invisible(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.size() >= 2 && at(0) == 0xc2 && at(1) < 0xa0) return 2;
  if (text.size() < 3) return 0;
  if (at(0) == 0xe2 && at(1) == 0x80 &&
      ((at(2) >= 0x8b && at(2) <= 0x8f) || (at(2) >= 0xa8 && at(2) <= 0xae)))
    return 3;
  if (at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa0 && at(2) <= 0xaf) return 3;
  if (at(0) == 0xef && at(1) == 0xbb && at(2) == 0xbf) return 3;
  return 0;
}

std::string without_oddities(std::string_view text) {
  constexpr std::string_view kOdd = "<>:\"|?*&;`$'%#{}^~!()[]=+,@";
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    if (const std::size_t invisible = length_of_invisible(text); invisible > 0) {
      text.remove_prefix(invisible);
      continue;
    }
    text.remove_prefix(1);
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) continue;
    out += kOdd.find(c) != std::string_view::npos ? '_' : c;
  }
  return out;
}

bool is_device(std::string_view name) noexcept {
  const std::string_view stem = name.substr(0, name.find('.'));
  for (std::string_view device : {"con", "prn", "aux", "nul"}) {
    if (equals_ignoring_case(stem, device)) return true;
  }
  return stem.size() == 4 && is_ascii_digit(stem[3]) &&
         (equals_ignoring_case(stem.substr(0, 3), "com") || equals_ignoring_case(stem.substr(0, 3), "lpt"));
}

}  // namespace

std::string safe_file_name(std::string_view sent) {
  const std::size_t slash = sent.find_last_of("/\\");
  if (slash != std::string_view::npos) sent.remove_prefix(slash + 1);
  std::string ascii;
  if (!is_utf8(sent)) {
    for (char c : sent) ascii += static_cast<unsigned char>(c) < 0x80 ? c : '_';
    sent = ascii;
  }
  std::string name = without_oddities(sent);
  std::size_t begin = name.find_first_not_of(". ");
  std::size_t end = name.find_last_not_of(". ");
  name = begin == std::string::npos ? "file" : name.substr(begin, end - begin + 1);
  if (name[0] == '-' || is_device(name)) name.insert(name.begin(), '_');
  if (name.size() <= kLongest) return name;
  const std::size_t dot = name.rfind('.');
  const std::string extension =
      dot != std::string::npos && name.size() - dot <= kLongestExtension ? name.substr(dot) : std::string();
  return std::string(cut_utf8(name, kLongest - extension.size())) + extension;
}

}  // namespace ngo::http
