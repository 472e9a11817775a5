// Parses a response head whole and in pieces; compares with a parser that goes by lines and regular
// expressions.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/client/response_parser.hpp"
#include "reference_parser.hpp"

namespace {

using ngo::http::Progress;
using ngo::http::ResponseHead;

constexpr ngo::http::ResponseLimits kLimits{.head_bytes = 2048, .fields = 8};

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "response: %s: %s\n", what, detail.c_str());
  std::abort();
}

std::string describe(const ResponseHead& head) {
  std::string text = std::to_string(head.status()) + " " + std::to_string(head.size());
  text += head.chunked() ? " chunked" : "";
  if (head.content_length()) text += " " + std::to_string(*head.content_length());
  for (const auto field : head.headers()) text.append("|").append(field.name).append(":").append(field.value);
  return text;
}

std::string parse(std::string_view bytes, const std::vector<std::size_t>& ends, Progress& progress) {
  ngo::http::ResponseParser parser(kLimits);
  ResponseHead head;
  progress = Progress::need_more;
  std::unique_ptr<char[]> buffer;
  for (const std::size_t end : ends) {
    std::unique_ptr<char[]> moved(new char[end]);
    bytes.copy(moved.get(), end);
    buffer = std::move(moved);
    progress = parser.parse(buffer.get(), end, head);
    if (progress == Progress::done) return describe(head);
    if (progress == Progress::error) {
      require(!parser.reason().empty(), "refused without a reason", std::string(bytes));
      return parser.reason();
    }
  }
  return "more";
}

// By lines; only for what the parser accepted: the same must come out.
std::string by_lines(const std::string& bytes) {
  static const std::regex status_line("HTTP/1\\.[0-9] ([1-9][0-9][0-9])( .*)?");
  std::size_t at = bytes.find("\r\n");
  if (at == std::string::npos) return "no line";
  std::smatch match;
  const std::string first = bytes.substr(0, at);
  std::string plain;  // what the phrase is made of was checked by the parser
  for (const char byte : first) plain += byte > ' ' && byte < 0x7f ? byte : ' ';
  if (!std::regex_match(plain, match, status_line)) return "no status line";
  std::string fields;
  std::string length;
  bool chunked = false;
  at += 2;
  while (true) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return "no end";
    const std::string line = bytes.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return "no colon";
    const std::string name = reference::lower(line.substr(0, colon));
    if (!reference::matches(line.substr(0, colon), reference::kToken)) return "no token";
    const std::string value = reference::trim(line.substr(colon + 1));
    if (name == "content-length") {
      if (!length.empty() || chunked) return "two lengths";
      length = value;
    }
    if (name == "transfer-encoding") {
      if (!length.empty() || chunked || reference::lower(value) != "chunked") return "coding";
      chunked = true;
    }
    fields += "|" + line.substr(0, colon) + ":" + value;
  }
  std::string text = match[1].str() + " " + std::to_string(at);
  if (chunked) text += " chunked";
  if (!length.empty()) text += " " + std::to_string(std::stoull(length));
  return text + fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  Progress progress;
  const std::string whole = parse(bytes, {bytes.size()}, progress);
  if (progress == Progress::done) require(by_lines(bytes) == whole, "differs from the reference", whole);
  std::vector<std::size_t> cuts;
  std::vector<std::size_t> every_byte;
  std::size_t seed = 1469598103934665603U;
  for (const char byte : bytes) seed = (seed ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  for (std::size_t at = 1; at <= bytes.size(); ++at) {
    if (at == bytes.size() || (seed >> at % 61 & 3U) == 0) cuts.push_back(at);
    every_byte.push_back(at);
  }
  Progress again;
  require(parse(bytes, cuts, again) == whole, "depends on the pieces", whole);
  require(parse(bytes, every_byte, again) == whole, "depends on the pieces", whole);
  return 0;
}
