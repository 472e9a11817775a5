#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/http/router.hpp"

namespace ngo::http {
namespace {

using Kind = RoutePattern::Segment::Kind;

[[noreturn]] void fail(const std::string& reason) { throw Error(Code::invalid_argument, reason); }

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool is_name(std::string_view name) {
  const auto letter = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
  };
  const auto fits = [&](char byte) { return letter(byte) || (byte >= '0' && byte <= '9') || byte == '-'; };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), fits);
}

void check_literal(std::string_view text) {
  if (text.find_first_of("{}") != std::string_view::npos) {
    fail("segment " + quoted(text) + ": a parameter takes a whole segment, as in \"/{id}\"");
  }
  if (text == "." || text == "..")
    fail("segment " + quoted(text) + " matches nothing: such requests are refused");
  if (text.find('%') != std::string_view::npos) {
    fail("segment " + quoted(text) + ": write the character itself instead of its percent-encoding");
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    fail("segment " + quoted(text) + ": a pattern is a path, without query and fragment");
  }
  if (!text.empty() && (text.front() == ':' || text.front() == '*')) {
    const std::string name(text.substr(1));
    fail("segment " + quoted(text) + ": parameters are written {" +
         (text.front() == ':' ? name : name + "...") + "}");
  }
  for (const char byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) {
      fail("segment " + quoted(text) + " contains a control character");
    }
  }
}

RoutePattern::Segment parse_segment(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    check_literal(text);
    return {Kind::literal, std::string(text)};
  }
  constexpr std::string_view kRest = "...";
  std::string_view name = text.substr(1, text.size() - 2);
  const bool rest = name.size() >= kRest.size() && name.substr(name.size() - kRest.size()) == kRest;
  if (rest) name.remove_suffix(kRest.size());
  if (!is_name(name)) {
    fail("segment " + quoted(text) +
         ": a parameter's name is a letter, then letters, digits, \"_\" and \"-\"");
  }
  return {rest ? Kind::rest : Kind::parameter, std::string(name)};
}

}  // namespace

RoutePattern RoutePattern::parse(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '/') fail("a pattern begins with \"/\"");
  RoutePattern parsed;
  std::size_t begin = 1;
  while (begin <= pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (!parsed.segments.empty() && parsed.segments.back().kind == Kind::rest) {
      fail("\"{" + parsed.segments.back().text +
           "...}\" takes all that is left and must be the last segment");
    }
    parsed.segments.push_back(parse_segment(pattern.substr(begin, end - begin)));
    const Segment& segment = parsed.segments.back();
    if (segment.kind != Kind::literal) {
      if (std::find(parsed.parameters.begin(), parsed.parameters.end(), segment.text) !=
          parsed.parameters.end()) {
        fail("two parameters are named " + quoted(segment.text));
      }
      parsed.parameters.push_back(segment.text);
    }
    begin = end + 1;
  }
  if (parsed.parameters.size() > RouteMatch::kMaxParameters) {
    fail("a pattern has at most " + std::to_string(RouteMatch::kMaxParameters) + " parameters");
  }
  return parsed;
}

}  // namespace ngo::http
