#include "ngo/http/client/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ngo/base/text.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kLongestName = 40;

// iconv understands more than names ("//TRANSLIT"), and the server must not have it.
bool is_name(std::string_view charset) noexcept {
  const auto belongs = [](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-' || byte == '_' || byte == '.' || byte == ':';
  };
  return !charset.empty() && charset.size() <= kLongestName &&
         std::all_of(charset.begin(), charset.end(), belongs);
}

class Conversion {
 public:
  explicit Conversion(const std::string& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;
  ~Conversion() {
    if (*this) iconv_close(handle_);
  }
  explicit operator bool() const noexcept { return handle_ != reinterpret_cast<iconv_t>(-1); }
  // False: the bytes are none of the character set.
  bool convert(std::string_view text, std::string& out) {
    char* from = const_cast<char*>(text.data());
    std::size_t left = text.size();
    char room[4096];
    while (true) {
      char* to = room;
      std::size_t free = sizeof room;
      const bool last = left == 0;
      const std::size_t done = iconv(handle_, last ? nullptr : &from, &left, &to, &free);
      const int error = errno;
      out.append(room, static_cast<std::size_t>(to - room));
      // No character set packs more than a few bytes of UTF-8 into one.
      if (out.size() > 8 * text.size() + sizeof room) return false;
      if (done == static_cast<std::size_t>(-1)) {
        if (error != E2BIG) return false;
      } else if (last) {
        return true;
      }
    }
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::string_view charset_of(std::string_view content_type) noexcept {
  constexpr std::string_view kName = "charset=";
  for (std::size_t at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';', at + 1)) {
    std::size_t begin = content_type.find_first_not_of(" \t", at + 1);
    if (begin == std::string_view::npos) break;
    if (!equals_ignoring_case(content_type.substr(begin, kName.size()), kName)) continue;
    begin += kName.size();
    std::string_view value = content_type.substr(begin, content_type.find(';', begin) - begin);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

std::optional<std::string> to_utf8(std::string_view text, std::string_view charset) {
  for (const std::string_view same : {"utf-8", "utf8", "us-ascii", "ascii"}) {
    if (equals_ignoring_case(charset, same)) return std::nullopt;
  }
  if (text.empty() || !is_name(charset)) return std::nullopt;
  Conversion conversion{std::string(charset)};
  std::string converted;
  if (!conversion || !conversion.convert(text, converted)) return std::nullopt;
  return converted;
}

}  // namespace ngo::http
