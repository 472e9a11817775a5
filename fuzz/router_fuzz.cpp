// Registers the patterns of the input and looks up its paths, and compares with a search that tries every
// pattern on every path. Input: lines "<G|H|P|D|O><pattern>" up to an empty line, then lines
// "<method><path>".
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/http/router.hpp"

namespace {

using ngo::http::Method;
using ngo::http::MethodSet;
using ngo::http::RouteMatch;
using ngo::http::RoutePattern;
using ngo::http::Router;
using Kind = RoutePattern::Segment::Kind;

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "router: %s: %s\n", what, detail.c_str());
  std::abort();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char byte : text) {
    if (byte == separator) {
      parts.emplace_back();
    } else {
      parts.back() += byte;
    }
  }
  return parts;
}

std::string decode(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digit = [&](std::size_t place) {
      const std::size_t value = place < text.size()
                                    ? std::string_view("0123456789abcdefABCDEF").find(text[place])
                                    : std::string_view::npos;
      return value == std::string_view::npos ? -1 : static_cast<int>(value < 16 ? value : value - 6);
    };
    if (text[at] == '%' && digit(at + 1) >= 0 && digit(at + 2) >= 0) {
      out += static_cast<char>(digit(at + 1) * 16 + digit(at + 2));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::optional<Method> method_of(char letter) {
  switch (letter) {
    case 'G': return Method::get;
    case 'H': return Method::head;
    case 'P': return Method::post;
    case 'D': return Method::del;
    case 'O': return Method::options;
    default: return std::nullopt;
  }
}

struct Candidate {
  Method method;
  RoutePattern pattern;
  std::size_t number;
  std::vector<std::string> values;  // of the path that was tried last

  // Of one shape: taken for the same route when the method is the same.
  [[nodiscard]] bool same_shape(const Candidate& other) const {
    if (pattern.segments.size() != other.pattern.segments.size()) return false;
    for (std::size_t at = 0; at < pattern.segments.size(); ++at) {
      const auto& mine = pattern.segments[at];
      const auto& theirs = other.pattern.segments[at];
      if (mine.kind != theirs.kind || (mine.kind == Kind::literal && mine.text != theirs.text)) return false;
    }
    return true;
  }

  bool try_path(const std::vector<std::string>& raw) {
    values.clear();
    for (std::size_t at = 0; at < pattern.segments.size(); ++at) {
      const auto& segment = pattern.segments[at];
      if (at >= raw.size()) return false;
      if (segment.kind == Kind::rest) {
        std::string rest = raw[at];
        for (std::size_t more = at + 1; more < raw.size(); ++more) rest += "/" + raw[more];
        values.push_back(decode(rest));
        return true;
      }
      if (segment.kind == Kind::literal && decode(raw[at]) != segment.text) return false;
      if (segment.kind == Kind::parameter) {
        if (raw[at].empty()) return false;
        values.push_back(decode(raw[at]));
      }
    }
    return raw.size() == pattern.segments.size();
  }

  // Whether this pattern goes before `other`, both matching the same path.
  [[nodiscard]] bool before(const Candidate& other) const {
    for (std::size_t at = 0; at < pattern.segments.size() && at < other.pattern.segments.size(); ++at) {
      if (pattern.segments[at].kind != other.pattern.segments[at].kind) {
        return pattern.segments[at].kind < other.pattern.segments[at].kind;
      }
    }
    return method == Method::head &&
           other.method == Method::get;  // one shape: HEAD of its own before that of GET
  }
};

std::vector<Candidate> register_all(Router& router, const std::vector<std::string>& lines, std::size_t& at) {
  std::vector<Candidate> candidates;
  for (; at < lines.size() && !lines[at].empty(); ++at) {
    const std::optional<Method> method = method_of(lines[at].front());
    if (!method) continue;
    const std::string pattern = lines[at].substr(1);
    const std::size_t problems = router.problems().size();
    router.add(*method, pattern, at);
    bool wrong = false;
    Candidate candidate{*method, {}, at, {}};
    try {
      candidate.pattern = RoutePattern::parse(pattern);
    } catch (const ngo::Error&) {
      wrong = true;
    }
    for (const Candidate& other : candidates) {
      wrong = wrong || (other.method == *method && other.same_shape(candidate));
    }
    require(wrong == (router.problems().size() > problems), "a problem too many or too few", pattern);
    if (!wrong) candidates.push_back(std::move(candidate));
  }
  require(router.routes().size() == candidates.size(), "another number of routes",
          std::to_string(candidates.size()));
  return candidates;
}

void look_up(const Router& router, std::vector<Candidate>& candidates, Method method,
             const std::string& path) {
  Candidate* best = nullptr;
  MethodSet allowed;
  std::vector<std::string> raw = split(path, '/');
  if (!path.empty() && path.front() == '/') {
    raw.erase(raw.begin());
    for (Candidate& candidate : candidates) {
      if (!candidate.try_path(raw)) continue;
      allowed |= candidate.method | Method::options;
      if (candidate.method == Method::get) allowed |= Method::head;
      const bool answers =
          candidate.method == method || (method == Method::head && candidate.method == Method::get);
      if (answers && (best == nullptr || candidate.before(*best))) best = &candidate;
    }
  }
  RouteMatch match;
  const RouteMatch::Kind kind = router.match(method, path, match);
  if (best == nullptr) {
    require(kind == (allowed.empty() ? RouteMatch::Kind::not_found : RouteMatch::Kind::method_not_allowed),
            "found what nothing matches, or the other way round", path);
    require(match.allowed() == allowed, "allows other methods", path + " " + match.allowed().to_string());
    return;
  }
  require(kind == RouteMatch::Kind::found, "did not find", path);
  require(match.route().payload == best->number, "found another route", path + " " + match.route().pattern);
  require(match.size() == best->values.size(), "another number of values", path);
  for (std::size_t index = 0; index < match.size(); ++index) {
    require(match.value(index) == best->values[index], "another value", path + " " + match.value(index));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::vector<std::string> lines = split(std::string(reinterpret_cast<const char*>(data), size), '\n');
  Router router;
  std::size_t at = 0;
  std::vector<Candidate> candidates = register_all(router, lines, at);
  for (; at < lines.size(); ++at) {
    const std::optional<Method> method = lines[at].empty() ? std::nullopt : method_of(lines[at].front());
    if (method) look_up(router, candidates, *method, lines[at].substr(1));
  }
  return 0;
}
