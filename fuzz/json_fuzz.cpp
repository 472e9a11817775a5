// JSON in and out. Every input is read as a JsonValue and as a struct with a member of each kind, and what
// was read is written and read again. simdjson's DOM parser is the independent judge of what is JSON.
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace {

enum class Color : std::uint8_t { red, green };
struct Circle {
  double radius = 1;
};
struct Square {
  int side = 1;
};
struct Everything {
  std::int64_t i = 0;
  std::uint8_t u = 0;
  double d = 0;
  float f = 0;
  bool b = false;
  std::string s;
  Color c = Color::red;
  std::chrono::milliseconds t{};
  ngo::ByteSize z;
  std::optional<int> o;
  std::vector<Everything> v;
  std::vector<bool> bits;
  std::map<std::string, std::string> m;
  std::variant<Circle, Square, std::string, int, double> x;
  std::unique_ptr<Everything> p;
  ngo::JsonValue j;
  int a[2] = {};
  static constexpr auto rules =
      ngo::rules(ngo::pattern<&Everything::s>("([a-z]*|\\d+)*"), ngo::range<&Everything::i>(-1000, 1000));
};

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "json_fuzz: %s\n", what);
  std::abort();
}

void check_problems(const ngo::Problems& problems) {
  for (const ngo::Problem& problem : problems) {
    require(!problem.code.empty() && !problem.message.empty(), "a problem says nothing");
    require(ngo::is_utf8(problem.message), "a message is not UTF-8");
  }
}

bool has_only_limits(const ngo::Problems& problems) {
  for (const ngo::Problem& problem : problems) {
    if (problem.code != "duplicate" && problem.code != "depth" && problem.code != "range") return false;
  }
  return true;
}

void as_value(std::string_view text) {
  ngo::JsonValue value;
  ngo::Problems problems;
  const bool good =
      ngo::json::parse_into(ngo::type_of<ngo::JsonValue>(), &value, text, ngo::json::ReadOptions(), problems);
  require(good == problems.empty(), "the result and the problems disagree");
  check_problems(problems);

  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto verdict = parser.parse(simdjson::padded_string(text)).get(element);
  if (good) {
    // Its integers end at 2^64, where ours become doubles; its byte order mark is whitespace.
    require(verdict == simdjson::SUCCESS || verdict == simdjson::NUMBER_ERROR,
            "accepted, but simdjson refuses it");
    const std::string written = ngo::json::to_string(value);
    const auto again = ngo::json::parse<ngo::JsonValue>(written);
    require(again == value, "read, written and read again: another value");
    require(ngo::json::to_string(again) == written, "written twice, differently");
  } else if (verdict == simdjson::SUCCESS && !text.starts_with("\xEF\xBB\xBF")) {
    require(has_only_limits(problems), "refused, but simdjson accepts it");
  }
}

void as_struct(std::string_view text, bool ignore_unknown) {
  Everything value;
  ngo::Problems problems;
  ngo::json::ReadOptions options;
  options.ignore_unknown = ignore_unknown;
  options.max_depth = 20;
  if (ngo::json::parse_into(ngo::type_of<Everything>(), &value, text, options, problems)) {
    const std::string written = ngo::json::to_string(value);
    const auto again = ngo::json::parse<Everything>(written);
    require(ngo::json::to_string(again) == written, "a struct read, written and read again is another");
  }
  check_problems(problems);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  as_value(text);
  as_struct(text, false);
  as_struct(text, true);
  return 0;
}
