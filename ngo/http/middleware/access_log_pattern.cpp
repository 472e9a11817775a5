#include "ngo/http/middleware/access_log_pattern.hpp"

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/middleware/access_log_time.hpp"

namespace ngo::http {
namespace {

using Kind = AccessLogPattern::Kind;

constexpr std::string_view kCommon = R"(%h %l %u %t "%r" %>s %b)";
constexpr std::string_view kCombined = R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i")";
constexpr std::string_view kApache =
    R"(%h %l %u [%{%d/%b/%Y:%H:%M:%S %z}t] "%r" %>s %b "%{Referer}i" "%{User-agent}i")";

std::string_view expand(std::string_view pattern) {
  if (equals_ignoring_case(pattern, "common")) return kCommon;
  if (equals_ignoring_case(pattern, "combined")) return kCombined;
  if (equals_ignoring_case(pattern, "apache")) return kApache;
  return pattern;
}

[[noreturn]] void fail(std::string_view what, std::string_view why) {
  throw Error(Code::invalid_argument,
              "access log pattern: " + in_quotes(what) + " " + std::string(why) +
                  "; there are %a %A %b %B %D %h %H %l %m %p %q %r %s %S %t %T %u %U %v %I %X, %{name}i, "
                  "%{name}o, %{name}c, %{name}r, %{format}t, and the names common, combined, apache, json");
}

}  // namespace

AccessLogPattern AccessLogPattern::parse(std::string_view pattern) {
  AccessLogPattern made;
  if (equals_ignoring_case(pattern, "json")) {
    made.json_ = true;
    made.add_json_members();
    made.pad_literals();
    return made;
  }
  std::string_view rest = expand(pattern);
  if (rest.empty()) fail(pattern, "is empty");
  while (!rest.empty()) {
    const std::size_t percent = rest.find('%');
    made.add_literal(rest.substr(0, percent));
    if (percent == std::string_view::npos) break;
    rest.remove_prefix(percent + 1);
    if (!rest.empty() && rest.front() == '{') {
      const std::size_t close = rest.find('}');
      if (close == std::string_view::npos) fail("%" + std::string(rest), "has no closing brace");
      if (close + 1 == rest.size()) fail("%" + std::string(rest), "ends without the letter of a directive");
      made.add_named(rest.substr(1, close - 1), rest[close + 1]);
      rest.remove_prefix(close + 2);
      continue;
    }
    // %>s and %<s: there are no internal redirects here, so both are the status.
    if (rest.size() > 1 && (rest.front() == '>' || rest.front() == '<')) rest.remove_prefix(1);
    if (rest.empty()) fail("%", "ends the pattern");
    made.add_simple(rest.front());
    rest.remove_prefix(1);
  }
  made.add_literal("\n");
  made.pad_literals();
  return made;
}

// So that they can be copied by pieces of a fixed size.
void AccessLogPattern::pad_literals() {
  for (Operation& operation : operations_) {
    if (operation.kind != Kind::literal) continue;
    operation.size = static_cast<std::uint32_t>(operation.text.size());
    operation.text.resize(operation.text.size() + 32);
  }
}

void AccessLogPattern::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (!operations_.empty() && operations_.back().kind == Kind::literal) {
    operations_.back().text += text;
  } else {
    add(Kind::literal, text);
  }
}

void AccessLogPattern::add(Kind kind, std::string_view text) {
  Operation operation;
  operation.kind = kind;
  operation.text = text;
  if (kind == Kind::request_header) operation.known = known_header(text);
  if (kind == Kind::milliseconds || kind == Kind::seconds || kind == Kind::fraction) needs_duration_ = true;
  operations_.push_back(std::move(operation));
}

void AccessLogPattern::add_time(std::string_view format) {
  std::uint32_t number = 0;
  while (number < times_.size() && times_[number] != format) ++number;
  if (number == times_.size()) times_.emplace_back(format);
  add(shows_milliseconds(format) ? Kind::time_of_request : Kind::time);
  operations_.back().time = number;
}

void AccessLogPattern::add_simple(char directive) {
  switch (directive) {
    case 'a': return add(Kind::peer);
    case 'A': return add(Kind::own_address);
    case 'b': return add(Kind::body_bytes_dash);
    case 'B': return add(Kind::body_bytes);
    case 'D': return add(Kind::milliseconds);
    case 'h': return add(Kind::client);
    case 'H': return add(Kind::protocol);
    case 'm': return add(Kind::method);
    case 'q': return add(Kind::query);
    case 'r': return add(Kind::request_line);
    case 's': return add(Kind::status);
    case 't': return add_time(kOriginalTime);
    case 'T': return add(Kind::seconds);
    case 'u': return add(Kind::user);
    case 'U': return add(Kind::path);
    case 'X': return add(Kind::connection);
    case 'I':
    case 'l':
    case 'p':
    case 'S':
    case 'v': return add_literal("-");
    case '%': return add_literal("%");
    default: fail(std::string("%") + directive, "is no directive");
  }
}

void AccessLogPattern::add_named(std::string_view name, char directive) {
  const std::string whole = "%{" + std::string(name) + "}" + directive;
  if (name.empty()) fail(whole, "names nothing");
  switch (directive) {
    case 'i': return add(Kind::request_header, name);
    case 'o': return add(Kind::response_header, name);
    case 'c': return add(Kind::cookie, name);
    case 'r': return add(Kind::value, name);
    case 't': return add_time(name);
    default: fail(whole, "is no directive");
  }
}

void AccessLogPattern::add_json_members() {
  struct Member {
    std::string_view before;
    Kind kind;
    std::string_view name;
  };
  constexpr Member kMembers[] = {
      {R"(","client":")", Kind::client, ""},
      {R"(","method":")", Kind::method, ""},
      {R"(","path":")", Kind::path, ""},
      {R"(","query":")", Kind::query, ""},
      {R"(","protocol":")", Kind::protocol, ""},
      {R"(","host":")", Kind::request_header, "host"},
      {R"(","route":")", Kind::value, "route"},
      {R"(","status":)", Kind::status, ""},
      {R"(,"bytes":)", Kind::body_bytes, ""},
      {R"(,"duration_ms":)", Kind::fraction, ""},
      {R"(,"connection":")", Kind::connection, ""},
      {R"(","user":")", Kind::user, ""},
      {R"(","referer":")", Kind::request_header, "referer"},
      {R"(","user_agent":")", Kind::request_header, "user-agent"},
      {R"(","request_id":")", Kind::value, "requestId"},
      {R"(","trace_id":")", Kind::value, "traceId"},
  };
  add_literal(R"({"time":")");
  add(Kind::utc_time);
  for (const Member& member : kMembers) {
    add_literal(member.before);
    add(member.kind, member.name);
  }
  add_literal("\"}\n");
}

}  // namespace ngo::http
