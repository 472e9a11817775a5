#include "ngo/http/content_type.hpp"

#include "ngo/base/text.hpp"
#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/headers.hpp"

namespace ngo::http {
namespace {

// One `; name=value`, with the value as it is written.
struct Parameter {
  std::string_view name;
  std::string_view value;
};

enum class Step : unsigned char { found, end, broken };

Step next_parameter(std::string_view& rest, Parameter& out) noexcept {
  rest = trim_whitespace(rest);
  while (!rest.empty() && rest[0] == ';') rest = trim_whitespace(rest.substr(1));
  if (rest.empty()) return Step::end;
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return Step::broken;
  out.name = rest.substr(0, equals);
  if (!is_token(out.name)) return Step::broken;
  rest.remove_prefix(equals + 1);
  std::size_t end = 0;
  if (!rest.empty() && rest[0] == '"') {
    for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
      if (rest[end] == '\\') ++end;
    }
    if (end >= rest.size()) return Step::broken;
    ++end;
  } else {
    end = rest.find_first_of("; \t");
    if (end == std::string_view::npos) end = rest.size();
    if (!is_token(rest.substr(0, end))) return Step::broken;
  }
  out.value = rest.substr(0, end);
  rest = trim_whitespace(rest.substr(end));
  return rest.empty() || rest[0] == ';' ? Step::found : Step::broken;
}

std::string unquoted(std::string_view value) {
  if (value.empty() || value[0] != '"') return std::string(value);
  std::string text;
  for (std::size_t at = 1; at + 1 < value.size(); ++at) {
    if (value[at] == '\\') ++at;
    text += value[at];
  }
  return text;
}

}  // namespace

std::optional<MediaType> MediaType::parse(std::string_view text) noexcept {
  text = trim_whitespace(text);
  MediaType made;
  const std::size_t semicolon = text.find(';');
  const std::string_view essence = trim_whitespace(text.substr(0, semicolon));
  const std::size_t slash = essence.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  made.type_ = essence.substr(0, slash);
  made.subtype_ = essence.substr(slash + 1);
  if (!is_token(made.type_) || !is_token(made.subtype_)) return std::nullopt;
  if (semicolon != std::string_view::npos) made.parameters_ = text.substr(semicolon);
  Parameter each;
  for (std::string_view rest = made.parameters_;;) {
    const Step step = next_parameter(rest, each);
    if (step == Step::broken) return std::nullopt;
    if (step == Step::end) return made;
  }
}

bool MediaType::is(std::string_view essence) const noexcept {
  return essence.size() == type_.size() + 1 + subtype_.size() && essence[type_.size()] == '/' &&
         equals_ignoring_case(essence.substr(0, type_.size()), type_) &&
         equals_ignoring_case(essence.substr(type_.size() + 1), subtype_);
}

std::optional<std::string> MediaType::parameter(std::string_view name) const {
  Parameter each;
  for (std::string_view rest = parameters_; next_parameter(rest, each) == Step::found;) {
    if (equals_ignoring_case(each.name, name)) return unquoted(each.value);
  }
  return std::nullopt;
}

bool MediaType::has_parameters_of(const MediaType& range) const {
  Parameter each;
  for (std::string_view rest = range.parameters_; next_parameter(rest, each) == Step::found;) {
    if (equals_ignoring_case(each.name, "q")) break;
    const std::optional<std::string> mine = parameter(each.name);
    if (!mine || !equals_ignoring_case(*mine, unquoted(each.value))) return false;
  }
  return true;
}

std::size_t MediaType::parameter_count() const noexcept {
  std::size_t count = 0;
  Parameter each;
  for (std::string_view rest = parameters_; next_parameter(rest, each) == Step::found;) {
    if (equals_ignoring_case(each.name, "q")) break;
    ++count;
  }
  return count;
}

int acceptance_of(std::span<const std::string_view> accept_fields, std::string_view media_type) {
  const std::optional<MediaType> offered = MediaType::parse(media_type);
  if (!offered) return 0;
  bool asked = false;
  std::size_t closest = 0;
  int weight = 0;
  for (std::string_view rest : accept_fields) {
    for (std::string_view member; next_list_member(rest, member);) {
      const std::optional<MediaType> range = MediaType::parse(member);
      asked = true;
      if (!range) continue;
      const bool any_type = range->type() == "*";
      const bool any_subtype = range->subtype() == "*";
      if (any_type && !any_subtype) continue;
      if (!any_type && !equals_ignoring_case(range->type(), offered->type())) continue;
      if (!any_subtype && !equals_ignoring_case(range->subtype(), offered->subtype())) continue;
      if (!offered->has_parameters_of(*range)) continue;
      const std::size_t closeness = 1 + (any_type ? 0 : 1) + (any_subtype ? 0 : 1) + range->parameter_count();
      if (closeness <= closest) continue;
      closest = closeness;
      weight = quality_of(member);
    }
  }
  return asked ? weight : 1000;
}

std::optional<std::size_t> choose_media_type(std::span<const std::string_view> accept_fields,
                                             std::span<const std::string_view> offered) {
  std::optional<std::size_t> best;
  int highest = 0;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    const int weight = acceptance_of(accept_fields, offered[i]);
    if (weight <= highest) continue;
    highest = weight;
    best = i;
  }
  return best;
}

}  // namespace ngo::http
