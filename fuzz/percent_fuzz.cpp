// Percent-decoding, queries and forms: what is decoded encodes back, the decoder agrees with a second one
// written as plainly as possible, and binding any text to a struct ends in a value or in problems.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/url.hpp"

namespace {

enum class Color : std::uint8_t { red, green };
struct Search {
  std::string q;
  int limit = 20;
  double ratio = 0;
  std::vector<std::string> tag;
  std::set<int> ids;
  std::optional<bool> all;
  Color color = Color::red;
  std::chrono::seconds since{};
  ngo::ByteSize size;
  static constexpr auto rules =
      ngo::rules(ngo::element_length<&Search::tag>(0, 5), ngo::range<&Search::limit>(1, 100));
};

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "percent_fuzz: %s\n", what);
  std::abort();
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> plainly(std::string_view text, bool plus_is_space) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '%') {
      out += plus_is_space && text[0] == '+' ? ' ' : text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 3 || digit(text[1]) < 0 || digit(text[2]) < 0) return std::nullopt;
    out += static_cast<char>(digit(text[1]) * 16 + digit(text[2]));
    text.remove_prefix(3);
  }
  return out;
}

void decode(std::string_view text) {
  std::string out = "before";
  const std::string before = out;
  const auto expected = plainly(text, false);
  require(ngo::url::decode_path(text, out) == expected.has_value(),
          "the decoders disagree on what is broken");
  require(out == before + expected.value_or(""), "the decoders disagree on the text");
  std::string in_query;
  const auto expected_in_query = plainly(text, true);
  require(ngo::url::decode_query(text, in_query) == expected_in_query.has_value(),
          "the query decoders disagree");
  require(in_query == expected_in_query.value_or(""), "the query decoders disagree on the text");

  std::string back;
  require(ngo::url::decode_path(ngo::url::encode_segment(text), back) && back == text,
          "a segment does not come back");
  back.clear();
  require(ngo::url::decode_query(ngo::url::encode_query(text), back) && back == text,
          "a value does not come back");
}

void walk(std::string_view text) {
  ngo::query::Reader reader(text);
  ngo::query::Pair pair;
  std::string again;
  while (reader.next(pair)) {
    if (reader.broken()) return;
    again += again.empty() ? "" : "&";
    again += ngo::url::encode_query(pair.key) + "=" + ngo::url::encode_query(pair.value);
  }
  ngo::query::Reader first(text);
  ngo::query::Reader second(again);
  ngo::query::Pair other;
  while (first.next(pair)) {
    require(second.next(other) && pair.key == other.key && pair.value == other.value,
            "a query does not come back");
  }
  require(!second.next(other), "a query comes back longer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  decode(text);
  walk(text);
  Search search;
  ngo::Problems problems;
  const bool good = ngo::query::bind_into(ngo::type_of<Search>(), &search, text, problems);
  require(good == problems.empty(), "the result and the problems disagree");
  for (const ngo::Problem& problem : problems)
    require(ngo::is_utf8(problem.message), "a message is not UTF-8");
  return 0;
}
