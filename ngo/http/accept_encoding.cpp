#include "ngo/http/accept_encoding.hpp"

#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

constexpr std::int16_t kNotNamed = -1;
constexpr std::int16_t kLeast = 1;  // acceptable, but anything else is better

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
int read_weight(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return 0;
  int place = 100;
  for (char c : text.substr(2)) {
    if (!is_digit(c)) return 0;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight > 1000 ? 0 : weight;
}

}  // namespace

int quality_of(std::string_view member) noexcept {
  for (std::size_t at = member.find(';'); at != std::string_view::npos;) {
    member.remove_prefix(at + 1);
    at = member.find(';');
    std::string_view parameter = trim_whitespace(member.substr(0, at));
    if (parameter.size() >= 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=') {
      return read_weight(parameter.substr(2));
    }
  }
  return 1000;
}

AcceptedCodings::AcceptedCodings(std::optional<std::string_view> field) {
  if (!field) {
    weights_[0] = kLeast;
    return;
  }
  weights_.fill(kNotNamed);
  std::int16_t others = kNotNamed;
  std::string_view rest = *field;
  for (std::string_view member; next_list_member(rest, member);) {
    auto weight = static_cast<std::int16_t>(quality_of(member));
    std::string_view name = trim_whitespace(member.substr(0, member.find(';')));
    if (name == "*") others = weight;
    if (equals_ignoring_case(name, "x-gzip")) name = "gzip";
    for (std::size_t i = 0; i < kCodingCount; ++i) {
      if (equals_ignoring_case(name, kCodingNames[i])) weights_[i] = weight;
    }
  }
  for (std::size_t i = 0; i < kCodingCount; ++i) {
    if (weights_[i] != kNotNamed) continue;
    weights_[i] = others != kNotNamed ? others : (i == 0 ? kLeast : std::int16_t{0});
  }
}

Coding AcceptedCodings::choose(std::span<const Coding> offered) const noexcept {
  Coding best = Coding::identity;
  int highest = 0;
  for (Coding coding : offered) {
    if (weight(coding) > highest) {
      best = coding;
      highest = weight(coding);
    }
  }
  return highest >= weight(Coding::identity) ? best : Coding::identity;
}

}  // namespace ngo::http
