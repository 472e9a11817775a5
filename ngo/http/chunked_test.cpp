#include "ngo/http/chunked.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo::http {
namespace {

using namespace std::string_literals;

struct Outcome {
  ChunkedDecoder::Kind kind = ChunkedDecoder::Kind::need_more;
  int status = 0;
  std::string reason;
  std::string body;
  std::string trailers;
  std::size_t consumed =
      0;  // not for errors: how far one has come depends on nothing, but says nothing either

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << static_cast<int>(outcome.kind) << " " << outcome.status << " " << outcome.reason
             << " consumed " << outcome.consumed << " body '" << outcome.body << "' trailers '"
             << outcome.trailers << "'";
}

// Decodes `bytes`, given out in pieces that end at each of `ends`.
Outcome decode_in_pieces(std::string_view bytes, const std::vector<std::size_t>& ends,
                         const ChunkedLimits& limits) {
  ChunkedDecoder decoder(limits);
  Outcome outcome;
  for (const std::size_t end : ends) {
    const std::string piece(bytes.substr(outcome.consumed, end - outcome.consumed));
    std::string_view rest = piece;
    ChunkedDecoder::Step step{ChunkedDecoder::Kind::data, 0, {}};
    while (step.kind == ChunkedDecoder::Kind::data) {
      step = decoder.next(rest);
      outcome.body += step.data;
      outcome.consumed += step.consumed;
      rest.remove_prefix(step.consumed);
    }
    outcome.kind = step.kind;
    if (step.kind != ChunkedDecoder::Kind::need_more) break;
    EXPECT_TRUE(rest.empty());
  }
  outcome.status = decoder.status();
  outcome.reason = decoder.reason();
  for (const HeaderField field : decoder.trailers())
    outcome.trailers.append(field.name).append("=").append(field.value) += ' ';
  return outcome;
}

// Whole, cut in two everywhere, byte by byte: the same each time.
Outcome decode(std::string_view bytes, const ChunkedLimits& limits = ChunkedLimits{}) {
  const Outcome whole = decode_in_pieces(bytes, {bytes.size()}, limits);
  std::vector<std::size_t> every;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    EXPECT_EQ(decode_in_pieces(bytes, {cut, bytes.size()}, limits), whole)
        << "cut at " << cut << " of " << bytes;
    every.push_back(cut);
  }
  every.push_back(bytes.size());
  EXPECT_EQ(decode_in_pieces(bytes, every, limits), whole) << "byte by byte: " << bytes;
  return whole;
}

void expect_body(std::string_view bytes, std::string_view body, std::string_view trailers = "") {
  const Outcome outcome = decode(bytes);
  EXPECT_EQ(outcome.kind, ChunkedDecoder::Kind::done) << bytes << " " << outcome.reason;
  EXPECT_EQ(outcome.consumed, bytes.size()) << bytes;
  EXPECT_EQ(outcome.body, body);
  EXPECT_EQ(outcome.trailers, trailers);
}

void expect_refused(std::string_view bytes, std::string_view reason, int status = 400,
                    const ChunkedLimits& limits = ChunkedLimits{}) {
  const Outcome outcome = decode(bytes, limits);
  EXPECT_EQ(outcome.kind, ChunkedDecoder::Kind::error) << bytes;
  EXPECT_EQ(outcome.status, status) << bytes;
  EXPECT_EQ(outcome.reason, "chunked body: " + std::string(reason)) << bytes;
}

TEST(ChunkedDecoder, GivesOutTheBody) {
  expect_body("0\r\n\r\n", "");
  expect_body("5\r\nhello\r\n0\r\n\r\n", "hello");
  expect_body("5\r\nhello\r\n7\r\n\r\nworld\r\n0\r\n\r\n", "hello\r\nworld");
  expect_body("A\r\n0123456789\r\na\r\n0123456789\r\n00\r\n\r\n", "01234567890123456789");
  expect_body("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello");
}

TEST(ChunkedDecoder, PointsIntoTheInputAndStopsAtTheNextRequest) {
  const std::string_view input = "3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
  ChunkedDecoder decoder;
  ChunkedDecoder::Step step = decoder.next(input);
  EXPECT_EQ(step.kind, ChunkedDecoder::Kind::data);
  EXPECT_EQ(step.data.data(), input.data() + 3);
  EXPECT_EQ(step.data, "abc");
  const std::string_view rest = input.substr(step.consumed);
  step = decoder.next(rest);
  EXPECT_EQ(step.kind, ChunkedDecoder::Kind::done);
  EXPECT_EQ(rest.substr(step.consumed), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(decoder.next(rest.substr(step.consumed)).kind, ChunkedDecoder::Kind::done);
}

TEST(ChunkedDecoder, SaysWhatIsLeftOfAChunk) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.next("ff\r\nabc").data, "abc");
  EXPECT_EQ(decoder.remaining_in_chunk(), 252U);
}

TEST(ChunkedDecoder, StartsAfreshAfterAReset) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.next("x").kind, ChunkedDecoder::Kind::error);
  EXPECT_EQ(decoder.next("0\r\n\r\n").kind, ChunkedDecoder::Kind::error);
  decoder.reset();
  EXPECT_EQ(decoder.next("0\r\nA: b\r\n\r\n").kind, ChunkedDecoder::Kind::done);
  EXPECT_EQ(decoder.trailers().size(), 1U);
  decoder.reset();
  EXPECT_TRUE(decoder.trailers().empty());
  EXPECT_EQ(decoder.next("0\r\n\r\n").kind, ChunkedDecoder::Kind::done);
}

// RFC 9112 section 7.1.
TEST(ChunkedDecoder, RefusesASizeThatIsNotPlainHexadecimal) {
  const std::string_view begin = "a chunk must begin with its size in hexadecimal digits";
  const std::string_view follow = "a chunk size is followed by a character that is not allowed";
  const std::string_view line = "the line of a chunk size does not end with CRLF";
  for (const std::string bytes :
       {"\r\n", "\n", " 5\r\n", "\t5\r\n", "+5\r\n", "-5\r\n", ";a\r\n", "x5\r\n", "g\r\n", "\"5\"\r\n"}) {
    expect_refused(bytes + "hello\r\n0\r\n\r\n", begin);
  }
  for (const std::string bytes :
       {"0x5\r\n", "5\n", "5g\r\n", "5,5\r\n", "5_0\r\n", "5.\r\n", "5\x0b\r\n", "5\xa0\r\n"}) {
    expect_refused(bytes + "hello\r\n0\r\n\r\n", follow);
  }
  expect_refused("5\0\r\nhello\r\n0\r\n\r\n"s, follow);
  expect_refused("5\rhello\r\n0\r\n\r\n", line);
  expect_refused("5\r\r\nhello\r\n0\r\n\r\n", line);
  expect_refused("5 \r\nhello\r\n0\r\n\r\n", "a chunk extension is not well-formed");
  expect_refused("00000000000000005\r\nhello\r\n0\r\n\r\n", "a chunk size has more than 16 digits");
  expect_refused("8000000000000000\r\nhello", "a chunk size is beyond any possible size");
  expect_refused("ffffffffffffffff\r\nhello", "a chunk size is beyond any possible size");
  EXPECT_EQ(decode("7fffffffffffffff\r\nhello").body, "hello");
}

TEST(ChunkedDecoder, WantsCrlfBehindTheData) {
  const std::string_view data = "the data of a chunk is not followed by CRLF";
  expect_refused("5\r\nhello0\r\n\r\n", data);
  expect_refused("5\r\nhello\n0\r\n\r\n", data);
  expect_refused("5\r\nhello\r0\r\n\r\n", data);
  expect_refused("4\r\nhello\r\n0\r\n\r\n", data);
  expect_refused("0\r\n\rX", "the last line of the body does not end with CRLF");
  expect_refused("0\r\n\n", "a line of the trailer section ends with LF alone instead of CRLF");
  expect_refused("0\n\r\n", "a chunk size is followed by a character that is not allowed");
}

// RFC 9112 section 7.1.1.
TEST(ChunkedDecoder, IgnoresWellFormedExtensionsAndRefusesOthers) {
  for (const std::string extension : {";a", ";a=b", ";a=\"b\"", ";a;b", " ; a", "\t;\ta\t=\tb",
                                      ";a = \"x;\\\"y\\\\ \t\xc3\" ;b", ";a=\"\"", ";a=b ;c", ";a ;b"}) {
    std::string bytes = "5";
    bytes.append(extension).append("\r\nhello\r\n0").append(extension).append("\r\n\r\n");
    expect_body(bytes, "hello");
  }
  for (const std::string extension :
       {";",           ";;a",           ";a=",    ";a=;b",  ";=b",       ";a ",    ";a=b ",  "; ",
        ";a b",        ";a=b c",        ";a=b=c", ";a=\"b", ";a=\"b\"c", ";a\n",   ";a=b\n", ";a=\"b\n\"",
        ";a=\"\x01\"", ";a=\"\\\x01\"", ";(",     ";a=(",   " a",        ";a=\x80"}) {
    expect_refused("5" + extension + "\r\nhello\r\n0\r\n\r\n", "a chunk extension is not well-formed");
  }
  expect_refused("5;a\rhello\r\n0\r\n\r\n", "the line of a chunk size does not end with CRLF");
}

TEST(ChunkedDecoder, LimitsTheExtensionsOfAMessageTogether) {
  const ChunkedLimits limits{.extension_bytes = 10};
  EXPECT_EQ(decode("1;abcd\r\nx\r\n0;abcd\r\n\r\n", limits).kind, ChunkedDecoder::Kind::done);
  expect_refused("1;abcd\r\nx\r\n0;abcde\r\n\r\n", "the chunk extensions are longer than accepted", 400,
                 limits);
}

// RFC 9112 section 7.1.2, RFC 9110 section 6.5.1.
TEST(ChunkedDecoder, ReadsTrailersByTheRulesOfHeaders) {
  expect_body("0\r\nA: b\r\nX-Sum:\t c d \r\nEmpty:\r\n\r\n", "", "A=b X-Sum=c d Empty= ");
  expect_body("3\r\nabc\r\n0\r\nServer-Timing: a;dur=1\r\n\r\n", "abc", "Server-Timing=a;dur=1 ");
  const std::string_view name = "a name in the trailer section is not valid";
  for (const std::string line : {"A : b", " A: b", "\tb", ": b", "A(: b", "A\x80: b"}) {
    expect_refused("0\r\n" + line + (line.find(':') == std::string::npos ? ":" : "") + "\r\n\r\n", name);
  }
  expect_refused("0\r\nA: b\r\n c: d\r\n\r\n", name);
  expect_refused("0\r\nA\r\n\r\n", "a line of the trailer section has no colon");
  expect_refused("0\r\nA: b\n\r\n\r\n", "a line of the trailer section ends with LF alone instead of CRLF");
  expect_refused("0\r\nA: b\rc\r\n\r\n", "a CR stands without LF in the trailer section");
  expect_refused("0\r\nA: \x01\r\n\r\n", "a value in the trailer section contains a control character");
  expect_refused("0\r\nA: \0\r\n\r\n"s, "a value in the trailer section contains a control character");
  for (const std::string field :
       {"Content-Length: 5", "transfer-encoding: chunked", "Host: a", "Authorization: b", "Content-Type: c",
        "Trailer: d", "Connection: close", "Cookie: e", "Range: f"}) {
    expect_refused("0\r\n" + field + "\r\n\r\n",
                   "a field stands in the trailer section that must not stand there");
  }
}

TEST(ChunkedDecoder, LimitsTheTrailers) {
  const ChunkedLimits limits{.trailer_bytes = 12, .trailer_fields = 2};
  EXPECT_EQ(decode("0\r\nA: 123456789\r\n\r\n", limits).kind, ChunkedDecoder::Kind::done);
  expect_refused("0\r\nA: 1234567890\r\n\r\n", "the trailer section is longer than accepted", 431, limits);
  EXPECT_EQ(decode("0\r\nA:\r\nB:\r\n\r\n", limits).kind, ChunkedDecoder::Kind::done);
  expect_refused("0\r\nA:\r\nB:\r\nC:\r\n\r\n", "the trailer section has more fields than accepted", 431,
                 limits);
}

TEST(ChunkedEncoder, WritesWhatTheDecoderReads) {
  std::string bytes;
  const std::string large(70000, 'x');
  append_chunk(bytes, "hello");
  append_chunk(bytes, "");
  append_chunk(bytes, large);
  const HeaderField trailers[] = {{"Server-Timing", "a"}, {"ETag", "\"b\""}};
  append_last_chunk(bytes, trailers, 2);
  const Outcome outcome = decode_in_pieces(bytes, {bytes.size()}, ChunkedLimits{});
  EXPECT_EQ(outcome.kind, ChunkedDecoder::Kind::done);
  EXPECT_EQ(outcome.body, "hello" + large);
  EXPECT_EQ(outcome.trailers, "Server-Timing=a ETag=\"b\" ");
  std::string end;
  append_last_chunk(end, nullptr, 0);
  EXPECT_EQ(end, kLastChunk);
}

TEST(ChunkedEncoder, WritesTheSizeInHexadecimal) {
  char buffer[kChunkHeadBytes];
  EXPECT_EQ(chunk_head(1, buffer), "1\r\n");
  EXPECT_EQ(chunk_head(0x1a2b, buffer), "1a2b\r\n");
  EXPECT_EQ(chunk_head(UINT64_MAX, buffer), "ffffffffffffffff\r\n");
}

TEST(ChunkedEncoder, RefusesTrailersThatWouldBreakTheMessage) {
  std::string out = "x";
  for (const HeaderField field : std::vector<HeaderField>{
           {"", "a"}, {"A b", "c"}, {"A:", "c"}, {"A", "b\r\nC: d"}, {"A", "b\n"}, {"Content-Length", "1"}}) {
    EXPECT_THROW(append_last_chunk(out, &field, 1), Error) << field.name;
  }
  EXPECT_EQ(out, "x");
}

}  // namespace
}  // namespace ngo::http
