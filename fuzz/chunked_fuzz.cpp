// Decodes a chunked body whole and in pieces, and compares with a decoder that goes by lines and regular
// expressions.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/chunked.hpp"
#include "reference_parser.hpp"

namespace {

using ngo::http::ChunkedDecoder;
using ngo::http::ChunkedLimits;
using Kind = ChunkedDecoder::Kind;

constexpr ChunkedLimits kLimits{.extension_bytes = 64, .trailer_bytes = 128, .trailer_fields = 4};

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "chunked: %s: %s\n", what, detail.c_str());
  std::abort();
}

struct Result {
  Kind kind = Kind::need_more;
  std::string reason;
  std::string body;
  std::string trailers;
  std::size_t consumed = 0;

  bool operator==(const Result&) const = default;
};

Result decode(std::string_view bytes, const std::vector<std::size_t>& ends) {
  ChunkedDecoder decoder(kLimits);
  Result result;
  for (const std::size_t end : ends) {
    const std::size_t size = end - result.consumed;
    const std::unique_ptr<char[]> piece(new char[size]);
    bytes.substr(result.consumed).copy(piece.get(), size);
    std::string_view rest(piece.get(), size);
    do {
      const ChunkedDecoder::Step step = decoder.next(rest);
      require(step.kind != Kind::data || !step.data.empty(), "empty data", "");
      result.kind = step.kind;
      result.body += step.data;
      result.consumed += step.consumed;
      rest.remove_prefix(step.consumed);
    } while (result.kind == Kind::data);
    if (result.kind != Kind::need_more) break;
    require(rest.empty(), "wants more before it has taken all", "");
  }
  result.reason = decoder.reason();
  if (result.kind == Kind::done) {
    for (const ngo::http::HeaderField field : decoder.trailers()) {
      result.trailers.append(field.name).append(":").append(field.value).append("|");
    }
  }
  return result;
}

// RFC 9112 section 7.1, a line at a time. `need_more` when a line or its data is cut off.
Result decode_by_lines(const std::string& bytes) {
  static const std::string quoted = "\"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*\"";
  static const std::string extension = "[ \\t]*;[ \\t]*" + reference::kToken +
                                       "(?:[ \\t]*=[ \\t]*(?:" + reference::kToken + "|" + quoted + "))?";
  static const std::string size_line = "([0-9A-Fa-f]{1,16})((?:" + extension + ")*)";
  static const std::basic_regex<wchar_t> grammar(std::wstring(size_line.begin(), size_line.end()));
  const Result refused{Kind::error, "", "", "", 0};
  Result result;
  std::size_t extensions = 0;
  std::size_t at = 0;
  while (true) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return result;
    // Wide, so that the ranges of the grammar are not cut by the sign of char.
    std::wstring line;
    for (const char byte : bytes.substr(at, end - at))
      line += static_cast<wchar_t>(static_cast<unsigned char>(byte));
    std::wsmatch match;
    if (!std::regex_match(line, match, grammar)) return refused;
    extensions += static_cast<std::size_t>(match[2].length());
    if (extensions > kLimits.extension_bytes) return refused;
    const std::uint64_t size = std::stoull(match[1].str(), nullptr, 16);
    if (size > INT64_MAX) return refused;
    at = end + 2;
    if (size == 0) break;
    if (bytes.size() - at < size) {
      result.body += bytes.substr(at);
      return result;
    }
    result.body += bytes.substr(at, size);
    at += size;
    if (bytes.size() - at < 2) return result;
    if (bytes.compare(at, 2, "\r\n") != 0) return refused;
    at += 2;
  }
  std::size_t fields = 0;
  std::size_t trailer_bytes = 0;
  while (true) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return result;
    const std::string line = bytes.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !reference::matches(line.substr(0, colon), reference::kToken))
      return refused;
    for (const char byte : line) {
      if ((static_cast<unsigned char>(byte) < ' ' && byte != '\t') || byte == 127) return refused;
    }
    for (const char* name :
         {"content-length", "transfer-encoding", "host", "te", "trailer", "range", "cookie"}) {
      if (reference::lower(line.substr(0, colon)) == name) return refused;
    }
    trailer_bytes += line.size();
    if (++fields > kLimits.trailer_fields || trailer_bytes > kLimits.trailer_bytes) return refused;
    result.trailers += line.substr(0, colon) + ":" + reference::trim(line.substr(colon + 1)) + "|";
  }
  result.kind = Kind::done;
  result.consumed = at;
  return result;
}

void compare_with_lines(const std::string& bytes, const Result& result) {
  const Result expected = decode_by_lines(bytes);
  if (result.kind == Kind::done) {
    require(result == expected, "differs from the reference", result.body + " " + result.trailers);
    std::string again;
    ngo::http::append_chunk(again, result.body);
    ngo::http::append_last_chunk(again, nullptr, 0);
    require(decode_by_lines(again).body == result.body, "does not read what was written", again);
  } else if (result.kind == Kind::need_more) {
    require(expected.kind == Kind::need_more, "waits for more", result.body);
  } else {
    require(expected.kind != Kind::done || result.reason.find("must not stand") != std::string::npos,
            "refused", result.reason);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const Result whole = decode(bytes, {bytes.size()});
  compare_with_lines(bytes, whole);
  std::size_t seed = 1469598103934665603U;
  for (const char byte : bytes) seed = (seed ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  std::vector<std::size_t> cuts;
  std::vector<std::size_t> every_byte;
  for (std::size_t at = 1; at <= bytes.size(); ++at) {
    if (at == bytes.size() || (seed >> at % 61 & 3U) == 0) cuts.push_back(at);
    every_byte.push_back(at);
  }
  require(decode(bytes, cuts) == whole || bytes.empty(), "depends on the pieces", whole.reason);
  require(decode(bytes, every_byte) == whole || bytes.empty(), "depends on the pieces", whole.reason);
  return 0;
}
