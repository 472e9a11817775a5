#include "ngo/http/middleware/server_timing.hpp"

#include <charconv>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

char* put(std::string_view text, char* at) noexcept {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// Milliseconds with three decimals.
char* put_milliseconds(Duration time, char* at) noexcept {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  const std::uint64_t microseconds = count > 0 ? static_cast<std::uint64_t>(count) : 0;
  at = std::to_chars(at, at + 20, microseconds / 1000).ptr;
  *at++ = '.';
  for (const std::uint64_t place : {100U, 10U, 1U}) {
    *at++ = static_cast<char>('0' + microseconds / place % 10);
  }
  return at;
}

}  // namespace

void append_timing(std::string& entries, std::string_view name, Duration took, std::string_view description) {
  if (!is_token(name)) {
    throw Error(Code::internal, in_quotes(name) + " is no name for a timing; use letters, digits, - and _");
  }
  char number[32];
  const char* const end = put_milliseconds(took, number);
  entries.append(", ").append(name).append(";dur=").append(number, static_cast<std::size_t>(end - number));
  if (description.empty()) return;
  entries += ";desc=\"";
  for (const char c : description) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') entries += '\\';
    entries += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
  entries += '"';
}

char* write_server_timing(Duration total, std::string_view entries, char* at) noexcept {
  at = put("Server-Timing: total;dur=", at);
  at = put_milliseconds(total, at);
  at = put(entries, at);
  return put("\r\n", at);
}

}  // namespace ngo::http
