// Feeds requests to the parser whole and in pieces, and compares its verdict with that of the reference
// parser.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/request_parser.hpp"
#include "reference_parser.hpp"

namespace {

using ngo::http::HeadLimits;
using ngo::http::Progress;
using ngo::http::RequestHead;
using ngo::http::RequestParser;

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "request parser: %s: %s\n", what, detail.c_str());
  std::abort();
}

struct Result {
  Progress progress = Progress::need_more;
  int status = 0;
  std::string text;  // the reason, or all that the head says
};

std::string describe(const RequestHead& head) {
  std::string text = std::to_string(head.size());
  const auto add = [&text](std::string_view part) { text.append(part).append("|"); };
  add(head.method_name());
  add(head.target());
  add(head.path());
  add(head.has_query() ? "?" : "-");
  add(head.query());
  add(head.authority());
  add(head.minor_version() == 0 ? "0" : "1");
  add(head.content_length() ? std::to_string(*head.content_length()) : "none");
  add(head.chunked() ? "chunked" : "-");
  add(head.keep_alive() ? "keep" : "-");
  add(head.expect_continue() ? "expect" : "-");
  for (const ngo::http::HeaderField field : head.headers()) {
    add(field.name);
    add(field.value);
  }
  return text;
}

std::string describe(const reference::Verdict& verdict) {
  std::string text = std::to_string(verdict.size);
  const auto add = [&text](const std::string& part) { text.append(part).append("|"); };
  add(verdict.method);
  add(verdict.target);
  add(verdict.path);
  add(verdict.query ? "?" : "-");
  add(verdict.query.value_or(""));
  add(verdict.authority);
  add(verdict.minor_is_zero ? "0" : "1");
  add(verdict.length ? std::to_string(*verdict.length) : "none");
  add(verdict.chunked ? "chunked" : "-");
  add(verdict.keep_alive ? "keep" : "-");
  add(verdict.expect_continue ? "expect" : "-");
  for (const auto& [name, value] : verdict.fields) {
    add(name);
    add(value);
  }
  return text;
}

// Each piece lies in memory of its own, so that the address sanitizer sees a read beyond it.
Result parse(std::string_view bytes, const std::vector<std::size_t>& ends, const HeadLimits& limits) {
  RequestParser parser(limits);
  RequestHead head;
  std::unique_ptr<char[]> buffer;
  Result result;
  for (const std::size_t end : ends) {
    std::unique_ptr<char[]> moved(new char[end]);
    bytes.copy(moved.get(), end);
    buffer = std::move(moved);
    result.progress = parser.parse(buffer.get(), end, head);
    if (result.progress != Progress::need_more) break;
  }
  result.status = parser.status();
  result.text = result.progress == Progress::done ? describe(head) : parser.reason();
  return result;
}

void compare_with_reference(const std::string& bytes, const HeadLimits& limits, const Result& result) {
  const reference::Limits same{limits.target_bytes, limits.head_bytes, limits.fields};
  const reference::Verdict verdict = reference::judge(bytes, same);
  switch (result.progress) {
    case Progress::done:
      require(verdict.complete && verdict.statuses.empty(), "accepted what the reference refuses",
              result.text);
      require(result.text == describe(verdict), "understood differently",
              result.text + "\n" + describe(verdict));
      return;
    case Progress::need_more:
      require(!verdict.complete && verdict.statuses.empty(), "waits for more", "but the reference has all");
      return;
    case Progress::error: break;
  }
  if (verdict.complete) {
    require(verdict.statuses.count(result.status) == 1, "refused otherwise than the reference", result.text);
    return;
  }
  // Refused before the head was complete: then no continuation can be right.
  for (const char* rest : {"\r\n\r\n", "\n\r\n\r\n", "x\r\n\r\n", "/ HTTP/1.1\r\nHost: a\r\n\r\n",
                           " HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nHost: a\r\n\r\n", ": a\r\n\r\n",
                           ": a\r\nHost: a\r\n\r\n", "\nHost: a\r\n\r\n"}) {
    const reference::Verdict continued = reference::judge(bytes + rest, same);
    require(!continued.statuses.empty() || !continued.complete, "refused too early",
            result.text + " then " + rest);
  }
}

// An input that begins with 0xff is a recipe: each byte stands for a piece of a request, so that a short
// input says much. All others are the request itself.
std::string expand(const unsigned char* data, std::size_t size) {
  static const std::vector<std::string> pieces = {"GET ",
                                                  "POST ",
                                                  "OPTIONS ",
                                                  "CONNECT ",
                                                  "M-SEARCH ",
                                                  "/",
                                                  "/a/b",
                                                  "*",
                                                  "http://",
                                                  "https://",
                                                  "a",
                                                  "b.c:80",
                                                  "[::1]",
                                                  "[1:2:3:4:5:6:7:8]",
                                                  "[::ffff:1.2.3.4]",
                                                  "::",
                                                  "1:2",
                                                  ":65535",
                                                  ":65536",
                                                  "?",
                                                  "x=1",
                                                  "%2e",
                                                  "..",
                                                  "%2F",
                                                  "%5C",
                                                  "%41",
                                                  "%",
                                                  "#",
                                                  " HTTP/1.1\r\n",
                                                  " HTTP/1.0\r\n",
                                                  " HTTP/1.2\r\n",
                                                  " HTTP/2.0\r\n",
                                                  "Host: ",
                                                  "Host: a\r\n",
                                                  "host:\r\n",
                                                  "Content-Length: ",
                                                  "Content-Length: 5\r\n",
                                                  "0",
                                                  "9",
                                                  "9223372036854775807",
                                                  "Transfer-Encoding: ",
                                                  "Transfer-Encoding: chunked\r\n",
                                                  "chunked",
                                                  "gzip",
                                                  ", ",
                                                  ",",
                                                  "Connection: ",
                                                  "Connection: close\r\n",
                                                  "close",
                                                  "keep-alive",
                                                  "upgrade",
                                                  "Upgrade: x\r\n",
                                                  "Expect: ",
                                                  "Expect: 100-continue\r\n",
                                                  "100-continue",
                                                  "X-Long-Name-Of-A-Field: ",
                                                  "Accept-Encoding: ",
                                                  "X: y\r\n",
                                                  ":",
                                                  " ",
                                                  "\t",
                                                  "\r",
                                                  "\n",
                                                  "\r\n",
                                                  "\r\n\r\n",
                                                  "sixteen-bytes-at",
                                                  "\x80",
                                                  "\x7f",
                                                  "\""};
  if (size == 0 || data[0] != 0xff) return {reinterpret_cast<const char*>(data), size};
  std::string bytes;
  for (std::size_t at = 1; at < size; ++at) bytes += pieces[data[at] % pieces.size()];
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string bytes = expand(data, size);
  if (bytes.size() > 4096) return 0;
  // The cuts and the limits follow from the bytes, so that each finding can be repeated.
  std::size_t seed = 1469598103934665603U;
  for (const char byte : bytes) seed = (seed ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  const bool tight = seed % 4 == 0;
  const HeadLimits limits =
      tight ? HeadLimits{.target_bytes = 24, .head_bytes = 120, .fields = 3} : HeadLimits{};

  const Result whole = parse(bytes, {bytes.size()}, limits);
  compare_with_reference(bytes, limits, whole);

  std::vector<std::size_t> random_cuts;
  for (std::size_t at = 1 + seed % 7; at < bytes.size(); at += 1 + seed % 23) {
    random_cuts.push_back(at);
    seed = seed * 6364136223846793005U + 1442695040888963407U;
  }
  random_cuts.push_back(bytes.size());
  std::vector<std::size_t> every_byte;
  for (std::size_t at = 1; at <= bytes.size(); ++at) every_byte.push_back(at);
  for (const auto& cuts : {random_cuts, every_byte}) {
    const Result pieces = parse(bytes, cuts, limits);
    // Whole, an error may show in the first look at a line that was cut off; in pieces, when the line is
    // complete.
    if (pieces.progress == Progress::need_more && whole.progress == Progress::error) continue;
    require(pieces.progress == whole.progress && pieces.status == whole.status && pieces.text == whole.text,
            "depends on the pieces", whole.text + "\n" + pieces.text);
  }
  return 0;
}
