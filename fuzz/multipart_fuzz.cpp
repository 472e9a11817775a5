// Uploads: a body comes to the same parts, or the same refusal, however it is cut into pieces; what is given
// out stays within the input and the limits; names are UTF-8 and file names made safe are safe.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ngo/base/utf8.hpp"
#include "ngo/http/file_name.hpp"
#include "ngo/http/multipart_parser.hpp"

namespace {

using Parser = ngo::http::MultipartParser;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "multipart_fuzz: %s\n", what);
  std::abort();
}

void check_name(const Parser::Part& part) {
  require(ngo::is_utf8(part.name), "a name is not UTF-8");
  if (!part.file_name) return;
  const std::string safe = ngo::http::safe_file_name(*part.file_name);
  require(!safe.empty() && safe.size() <= 201 && safe[0] != '.' && safe[0] != '-', "a file name is not safe");
  require(safe.find_first_of("/\\:\"\r\n") == std::string::npos && safe.find('\0') == std::string::npos,
          "a file name has a separator");
  require(ngo::is_utf8(safe), "a safe file name is not UTF-8");
}

// All of it as one text, with the input arriving `step` bytes at a time.
std::string read(std::string_view body, std::size_t step) {
  static const ngo::http::MultipartLimits limits;
  Parser parser("xyz", limits);
  std::string found;
  std::string waiting;
  std::size_t arrived = 0;
  for (;;) {
    const Parser::Step now = parser.next(waiting);
    require(now.consumed <= waiting.size(), "more is consumed than there was");
    if (now.kind == Parser::Kind::error) return "error " + std::to_string(parser.status());
    if (now.kind == Parser::Kind::done) return found + "end";
    if (now.kind == Parser::Kind::part) {
      check_name(parser.part());
      found += "[" + parser.part().name + ":" + parser.part().file_name.value_or("-") + "]";
    } else if (now.kind == Parser::Kind::data) {
      require(!now.data.empty(), "a piece is empty");
      found += now.data;
    } else if (now.kind == Parser::Kind::part_end) {
      found += ".";
    }
    waiting.erase(0, now.consumed);
    if (now.kind != Parser::Kind::need_more) continue;
    if (arrived == body.size()) return found + "cut off";
    require(waiting.size() < 16 * 1024, "too much is kept waiting");
    const std::string_view piece = body.substr(arrived, step);
    waiting += piece;
    arrived += piece.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string whole = read(body, size == 0 ? 1 : size);
  require(read(body, 1) == whole, "byte by byte is different");
  require(read(body, 7) == whole, "in sevens is different");
  return 0;
}
