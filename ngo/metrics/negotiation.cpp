#include <cstddef>
#include <string>
#include <string_view>

#include "ngo/base/text.hpp"
#include "ngo/metrics/text.hpp"

namespace ngo::metrics {
namespace {

// Takes the next piece before `separator` off the front.
std::string_view next_piece(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

// One member of an Accept field.
struct Wanted {
  std::string_view type;
  std::string_view version;
  bool escaping = false;
  int weight = 1000;
};

// "0.5" in thousandths; 0 for what is none (RFC 9110, 12.4.2).
int weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int weight = (text[0] - '0') * 1000;
  int place = 100;
  for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!is_ascii_digit(digit)) return 0;
    weight += (digit - '0') * place;
    place /= 10;
  }
  return weight > 1000 ? 0 : weight;
}

Wanted read_member(std::string_view member) {
  Wanted wanted;
  wanted.type = next_piece(member, ';');
  while (!member.empty()) {
    std::string_view value = next_piece(member, ';');
    const std::string_view name = next_piece(value, '=');
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (equals_ignoring_case(name, "version")) wanted.version = value;
    if (equals_ignoring_case(name, "escaping")) wanted.escaping = true;
    if (equals_ignoring_case(name, "q")) wanted.weight = weight_of(value);
  }
  return wanted;
}

// The version to answer with; empty: this member cannot be served.
std::string_view version_for(const Wanted& wanted, Exposition& format) {
  const auto one_of = [&](std::string_view usual, std::string_view other) {
    if (wanted.version.empty() || wanted.version == usual) return usual;
    return wanted.version == other ? other : std::string_view();
  };
  if (equals_ignoring_case(wanted.type, "application/openmetrics-text")) {
    format = Exposition::open_metrics;
    return one_of("1.0.0", "0.0.1");
  }
  format = Exposition::prometheus;
  if (equals_ignoring_case(wanted.type, "text/plain")) return one_of("0.0.4", "1.0.0");
  if (wanted.type == "*/*" || equals_ignoring_case(wanted.type, "text/*")) return "0.0.4";
  return {};
}

}  // namespace

Negotiated negotiate(std::string_view accept) {
  Negotiated best{Exposition::prometheus, "text/plain; version=0.0.4; charset=utf-8"};
  int highest = 0;
  while (!accept.empty()) {
    const Wanted wanted = read_member(next_piece(accept, ','));
    Exposition format = Exposition::prometheus;
    const std::string_view version = version_for(wanted, format);
    if (version.empty() || wanted.weight <= highest) continue;
    highest = wanted.weight;
    best.format = format;
    best.content_type = format == Exposition::open_metrics ? "application/openmetrics-text" : "text/plain";
    best.content_type.append("; version=").append(version).append("; charset=utf-8");
    // Names are always written with underscores, which every reader understands.
    if (wanted.escaping) best.content_type += "; escaping=underscores";
  }
  return best;
}

}  // namespace ngo::metrics
