#include "ngo/codec/url.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace ngo {
namespace {

using namespace std::string_literals;

std::optional<std::string> path(std::string_view text) {
  std::string out;
  if (!url::decode_path(text, out)) return std::nullopt;
  return out;
}

std::optional<std::string> in_query(std::string_view text) {
  std::string out;
  if (!url::decode_query(text, out)) return std::nullopt;
  return out;
}

TEST(Url, DecodesEachEscapeOnce) {
  EXPECT_EQ(path(""), "");
  EXPECT_EQ(path("plain"), "plain");
  EXPECT_EQ(path("a%20b"), "a b");
  EXPECT_EQ(path("%2F%2f"), "//");
  EXPECT_EQ(path("%2541"), "%41");
  EXPECT_EQ(path("%E5%BC%A0"), "\xE5\xBC\xA0");
  EXPECT_EQ(path("%00"), "\0"s);
  EXPECT_EQ(path("%ff"), "\xFF");
}

TEST(Url, APlusIsASpaceOnlyInAQuery) {
  EXPECT_EQ(path("a+b%2B"), "a+b+");
  EXPECT_EQ(in_query("a+b%2B"), "a b+");
}

TEST(Url, ABrokenEscapeIsRefusedAndNothingIsLeftBehind) {
  for (const char* text :
       {"%", "%4", "%g1", "%1g", "a%", "%%41", "% 41", "%+1", "%-1", "%u0041", "%0x", "ab%4"}) {
    EXPECT_EQ(path(text), std::nullopt) << text;
    EXPECT_EQ(in_query(text), std::nullopt) << text;
  }
  std::string out = "before";
  EXPECT_FALSE(url::decode_path("abc%zz", out));
  EXPECT_EQ(out, "before");
}

TEST(Url, EncodesAllButTheUnreserved) {
  EXPECT_EQ(url::encode_segment("a/b c?d#e%f"), "a%2Fb%20c%3Fd%23e%25f");
  EXPECT_EQ(url::encode_segment("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(url::encode_query("a&b=c+d"), "a%26b%3Dc%2Bd");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(path(url::encode_segment(all)), all);
  EXPECT_EQ(in_query(url::encode_query(all)), all);
}

std::vector<std::pair<std::string, std::string>> pairs(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> out;
  query::Reader reader(raw);
  query::Pair pair;
  while (reader.next(pair))
    out.emplace_back(std::string(pair.key) + (reader.broken() ? "!" : ""), pair.value);
  return out;
}

TEST(Query, SplitsIntoPairs) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(pairs(""), Pairs{});
  EXPECT_EQ(pairs("a=1&b=2"), (Pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(pairs("&&a=1&&"), (Pairs{{"a", "1"}}));
  EXPECT_EQ(pairs("a&b=&=c&="), (Pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"", ""}}));
  EXPECT_EQ(pairs("a=b=c"), (Pairs{{"a", "b=c"}}));
  EXPECT_EQ(pairs("a%3Db=%26+x"), (Pairs{{"a=b", "& x"}}));
  EXPECT_EQ(pairs("a=1;b=2"), (Pairs{{"a", "1;b=2"}}));
  EXPECT_EQ(pairs("a=%zz&b=1"), (Pairs{{"a!", "%zz"}, {"b", "1"}}));
}

TEST(Query, FindsTheFirstValue) {
  EXPECT_EQ(query::find("a=1&b=x+y&b=2", "b"), "x y");
  EXPECT_EQ(query::find("a=1", "b"), std::nullopt);
  EXPECT_EQ(query::find("b=%&b=2", "b"), "2");
}

enum class Sort : std::uint8_t { newest, oldest };

struct Search {
  std::string q;
  int limit = 20;
  std::vector<std::string> tag;
  std::set<int> ids;
  std::optional<bool> all;
  Sort sort = Sort::newest;
  std::chrono::seconds since{60};
  ByteSize size = 1024;
  double ratio = 0.5;
  std::optional<int> page;

  std::string validate() const { return q == "forbidden" ? "that is forbidden" : ""; }
  static constexpr auto rules = ngo::rules(
      ngo::range<&Search::limit>(1, 100), ngo::length<&Search::q>(1, 10), ngo::length<&Search::tag>(0, 3),
      ngo::element_length<&Search::tag>(1, 3), ngo::check<&Search::validate>());
};

TEST(Query, BindsEveryKindOfScalarAndRepeatedKeysToLists) {
  const auto search = query::bind<Search>(
      "q=a+b&limit=5&tag=x&tag=y%20z&ids=3&ids=1&ids=3&all=1&sort=oldest&since=2m&size=4KiB&ratio=1e-1&page="
      "7");
  EXPECT_EQ(search.q, "a b");
  EXPECT_EQ(search.limit, 5);
  EXPECT_EQ(search.tag, (std::vector<std::string>{"x", "y z"}));
  EXPECT_EQ(search.ids, (std::set<int>{1, 3}));
  EXPECT_EQ(search.all, true);
  EXPECT_EQ(search.sort, Sort::oldest);
  EXPECT_EQ(search.since, std::chrono::minutes(2));
  EXPECT_EQ(search.size, ByteSize::kib(4));
  EXPECT_EQ(search.ratio, 0.1);
  EXPECT_EQ(search.page, 7);
}

TEST(Query, AbsentKeysKeepTheirDefaults) {
  const auto search = query::bind<Search>("q=x");
  EXPECT_EQ(search.limit, 20);
  EXPECT_EQ(search.all, std::nullopt);
  EXPECT_EQ(search.since, std::chrono::minutes(1));
}

TEST(Query, ReportsAllProblems) {
  try {
    (void)query::bind<Search>(
        "limt=3&limit=500&tag=abcd&tag=ok&all=yes&sort=old&since=5&ratio=0x1&page=&page=2&ids=1&ids=1.0&a%=1&"
        "q=%FF");
    FAIL();
  } catch (const InvalidInput& error) {
    EXPECT_EQ(error.message(),
              "/limt: no such member; did you mean \"limit\"?\n"
              "/all: expected true or false, found \"yes\"\n"
              "/sort: expected one of \"newest\", \"oldest\", found \"old\"\n"
              "/since: \"5\" has no unit; write for example \"5ms\" or \"5s\"\n"
              "/ratio: expected a number, found \"0x1\"\n"
              "/page: expected a whole number, found \"\"\n"
              "/page: the key is there twice\n"
              "/ids: expected a whole number, found \"1.0\"\n"
              "/a%: \"%\" must be followed by two hexadecimal digits; found \"1\"\n"
              "/q: the text is not valid UTF-8\n"
              "/limit: expected from 1 to 100, found 500\n"
              "/tag/0: expected 1 to 3 characters, found 4");
  }
}

TEST(Query, AStructIsCheckedAsAWhole) {
  Search search;
  Problems problems;
  EXPECT_FALSE(query::bind_into(type_of<Search>(), &search, "q=forbidden", problems));
  EXPECT_EQ(to_string(problems), "that is forbidden");
}

TEST(Query, UnknownKeysMayBeIgnored) {
  query::BindOptions options;
  options.ignore_unknown = true;
  EXPECT_EQ(query::bind<Search>("q=x&utm_source=y", options).q, "x");
}

TEST(Query, AMapTakesAnyKey) {
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(query::bind<Map>("a=1&b=2+3"), (Map{{"a", "1"}, {"b", "2 3"}}));
  using Lists = std::map<std::string, std::vector<int>>;
  EXPECT_EQ(query::bind<Lists>("a=1&b=2&a=3"), (Lists{{"a", {1, 3}}, {"b", {2}}}));
  EXPECT_THROW((void)query::bind<Map>("a=1&a=2"), InvalidInput);
}

TEST(Query, StopsAfterAsManyProblemsAsAreAskedFor) {
  std::string raw;
  for (int i = 0; i < 1000; ++i) raw += "x" + std::to_string(i) + "=1&";
  Search search;
  search.q = "x";
  Problems problems;
  query::BindOptions options;
  options.max_problems = 5;
  (void)query::bind_into(type_of<Search>(), &search, raw, options, problems);
  EXPECT_EQ(problems.size(), 5U);
}

struct Nested {
  Search inner;
};

TEST(Query, SaysWhatHasNoFormInAQuery) {
  EXPECT_EQ(query::why_not_bindable(type_of<Search>()), "");
  EXPECT_EQ(query::why_not_bindable(type_of<Nested>()),
            "the member \"inner\" of Nested (Search) is neither a scalar nor a list of scalars");
  EXPECT_THROW((void)query::bind<Nested>("inner=1"), Error);
  EXPECT_NE(query::why_not_bindable(type_of<int>()), "");
}

}  // namespace
}  // namespace ngo
