#include "ngo/http/multipart_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/problem.hpp"

namespace ngo::http {
namespace {

using Kind = MultipartParser::Kind;

// What a body comes to: "name=content" and "name(file name;type)=content", or "error STATUS". `step` bytes of
// it arrive at a time.
std::vector<std::string> read(std::string_view body, const MultipartLimits& limits = {},
                              std::size_t step = 1 << 20) {
  MultipartParser parser("xyz", limits);
  std::vector<std::string> found;
  std::string waiting;
  std::size_t arrived = 0;
  for (;;) {
    MultipartParser::Step now = parser.next(waiting);
    switch (now.kind) {
      case Kind::need_more: {
        waiting.erase(0, now.consumed);
        if (arrived == body.size()) return found.emplace_back("cut off"), found;
        const std::size_t size = std::min(step, body.size() - arrived);
        waiting += body.substr(arrived, size);
        arrived += size;
        continue;
      }
      case Kind::part: {
        const MultipartParser::Part& part = parser.part();
        std::string text = part.name;
        if (part.file_name) text += "(" + *part.file_name + ";" + part.content_type + ")";
        found.push_back(text + "=");
        break;
      }
      case Kind::data: found.back() += now.data; break;
      case Kind::part_end: found.back() += "."; break;
      case Kind::done: return found;
      case Kind::error: {
        EXPECT_NE(parser.reason(), "");
        return {"error " + std::to_string(parser.status())};
      }
    }
    waiting.erase(0, now.consumed);
  }
}

std::string part(const std::string& headers, const std::string& content) {
  return "--xyz\r\n" + headers + "\r\n\r\n" + content + "\r\n";
}
std::string field(const std::string& name, const std::string& content) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", content);
}
const std::string kEnd = "--xyz--\r\n";

using Found = std::vector<std::string>;

TEST(MultipartParser, GivesOutPartsInOrderHoweverTheyArrive) {
  const std::string body =
      field("a", "1") +
      part("content-disposition: form-data; name=f; filename=\"p h.jpg\"\r\nContent-Type: image/jpeg",
           "\r\n--xy\r\n\r\n--\r\r\n-") +
      field("empty", "") + field("b", "\r\n") + kEnd + "epilogue";
  const Found expected = {"a=1.", "f(p h.jpg;image/jpeg)=\r\n--xy\r\n\r\n--\r\r\n-.", "empty=.", "b=\r\n."};
  EXPECT_EQ(read(body), expected);
  for (std::size_t step : {1U, 2U, 3U, 7U, 20U}) EXPECT_EQ(read(body, {}, step), expected) << step;
}

TEST(MultipartParser, TakesWhatClientsSend) {
  EXPECT_EQ(read("preamble\r\n" + field("a", "1") + kEnd), (Found{"a=1."}));
  EXPECT_EQ(read("\r\n" + field("a", "1") + kEnd), (Found{"a=1."}));
  EXPECT_EQ(read("--xyz  \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--"),
            (Found{"a=1."}));
  EXPECT_EQ(read("--xyz--"), Found());
  EXPECT_EQ(read("--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--xyz--"), (Found{"a=."}));
  EXPECT_EQ(
      read(part("Content-Disposition: form-data; name=\"a\\\"b\\\\c\"; filename=\"C:\\dir\\x\"", "1") + kEnd),
      (Found{"a\"b\\c(C:\\dir\\x;)=1."}));
  EXPECT_EQ(
      read(part("Content-Disposition: form-data; name=\"a;b\"; filename*=UTF-8''x; other=1;", "1") + kEnd),
      (Found{"a;b=1."}));
  EXPECT_EQ(read(part("Content-Disposition: form-data; name=\"a\"; filename=\"\"", "") + kEnd),
            (Found{"a(;)=."}));
  EXPECT_EQ(read(part("Content-Disposition: form-data; name=\"\xc3\xa4\"\r\nX-Own: 1", "1") + kEnd),
            (Found{"\xc3\xa4=1."}));
}

TEST(MultipartParser, SaysWhenABodyIsCutOff) {
  EXPECT_EQ(read(""), (Found{"cut off"}));
  EXPECT_EQ(read(field("a", "1")), (Found{"a=1", "cut off"}));
  EXPECT_EQ(read(field("a", "1") + "--xyz"), (Found{"a=1.", "cut off"}));
  EXPECT_EQ(read("--xyz\r\nContent-Disp"), (Found{"cut off"}));
}

TEST(MultipartParser, RefusesWhatProgramsCouldReadDifferently) {
  const std::string good = "Content-Disposition: form-data; name=\"a\"";
  for (const std::string& body : {
           part("Content-Type: text/plain", "1"),
           part("Content-Disposition: form-data", "1"),
           part("Content-Disposition: attachment; name=\"a\"", "1"),
           part("Content-Disposition: form-data; name=\"a", "1"),
           part("Content-Disposition: form-data; name=\"a\" x", "1"),
           part("Content-Disposition: form-data; name", "1"),
           part(good + "; name=\"b\"", "1"),
           part(good + "; filename=\"x\"; filename=\"y\"", "1"),
           part(good + "\r\n" + good, "1"),
           part(good + "\r\nContent-Type: a/b\r\nContent-Type: a/c", "1"),
           part(good + "\r\nContent-Transfer-Encoding: base64", "MQ=="),
           part(good + "\r\n folded", "1"),
           part(good + "\r\nX : 1", "1"),
           part(good + "\r\nX", "1"),
           part(good + "\r\nX: a\rb", "1"),
           part(good + "\r\nX: a\nb", "1"),
           part(good + std::string("\r\nX: a\0b", 8), "1"),
           part("Content-Disposition: form-data; name=\"\xff\"", "1"),
           std::string("--xyz\r\n\r\n1\r\n"),
           std::string("--xyzabc\r\n") + good + "\r\n\r\n1\r\n",
           std::string("--xyz-\r\n") + good + "\r\n\r\n1\r\n",
           std::string("--xyz\n") + good + "\n\n1\n",
           "--xyz" + std::string(100, ' ') + "\r\n" + good + "\r\n\r\n1\r\n",
           std::string(2000, 'p') + "\r\n" + field("a", "1"),
       }) {
    EXPECT_EQ(read(body + kEnd), (Found{"error 400"})) << body;
    EXPECT_EQ(read(body + kEnd, {}, 1), (Found{"error 400"})) << body;
  }
}

TEST(MultipartParser, HoldsItsLimits) {
  MultipartLimits limits;
  limits.max_parts = 3;
  limits.max_part_size = ByteSize(10);
  limits.max_header_size = ByteSize(100);
  limits.max_name_length = 8;
  limits.max_file_name_length = 8;
  std::string three = field("a", "1") + field("b", "2") + field("c", "3");
  EXPECT_EQ(read(three + kEnd, limits).size(), 3U);
  EXPECT_EQ(read(three + field("d", "4") + kEnd, limits), (Found{"error 413"}));
  EXPECT_EQ(read(field("a", "0123456789") + kEnd, limits), (Found{"a=0123456789."}));
  EXPECT_EQ(read(field("a", "0123456789+") + kEnd, limits, 1), (Found{"error 413"}));
  EXPECT_EQ(read(field("a", "1") + "--xyz\r\nX: " + std::string(200, 'x'), limits), (Found{"error 431"}));
  EXPECT_EQ(
      read(part("Content-Disposition: form-data; name=a\r\nX: " + std::string(100, 'x'), "") + kEnd, limits),
      (Found{"error 431"}));
  EXPECT_EQ(read(field("123456789", "1") + kEnd, limits), (Found{"error 400"}));
  EXPECT_EQ(read(part("Content-Disposition: form-data; name=a; filename=123456789", "1") + kEnd, limits),
            (Found{"error 400"}));
  std::string many = "Content-Disposition: form-data; name=a";
  for (int i = 0; i < 16; ++i) many += "\r\nX: 1";
  EXPECT_EQ(read(part(many, "1") + kEnd), (Found{"error 431"}));
}

TEST(MultipartParser, StaysInItsError) {
  MultipartLimits limits;
  MultipartParser parser("xyz", limits);
  EXPECT_EQ(parser.next("--xyz??").kind, Kind::error);
  EXPECT_EQ(parser.next("--xyz--").kind, Kind::error);
}

int refusal_of(std::string_view content_type) {
  try {
    static_cast<void>(boundary_of(content_type));
  } catch (const StatusError& error) {
    return error.status();
  }
  return 0;
}

TEST(MultipartParser, FindsTheBoundary) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=----WebKitFormBoundary7MA4"),
            "----WebKitFormBoundary7MA4");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_EQ(refusal_of("text/plain; boundary=a"), 415);
  EXPECT_EQ(refusal_of("multipart/mixed; boundary=a"), 415);
  EXPECT_EQ(refusal_of("multipart/form-data"), 400);
  EXPECT_EQ(refusal_of("multipart/form-data; boundary=\"\""), 400);
  EXPECT_EQ(refusal_of("multipart/form-data; boundary=\"a \""), 400);
  EXPECT_EQ(refusal_of("multipart/form-data; boundary=\"a\tb\""), 400);
  EXPECT_EQ(refusal_of("multipart/form-data; boundary=" + std::string(71, 'a')), 400);
}

}  // namespace
}  // namespace ngo::http
