#include "ngo/http/conditions.hpp"

#include <algorithm>

#include "ngo/base/text.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/request.hpp"

namespace ngo::http {
namespace {

std::optional<std::string> joined(const Request& request, std::string_view name) {
  std::optional<std::string_view> first = request.header(name);
  if (!first) return std::nullopt;
  std::optional<std::string> all;
  for (std::size_t i = 0; i < request.header_count(); ++i) {
    auto [field, value] = request.header_at(i);
    if (!equals_ignoring_case(field, name)) continue;
    if (all) {
      *all += ", ";
      *all += value;
    } else {
      all.emplace(value);
    }
  }
  return all;
}

std::string_view without_weakness(std::string_view tag) noexcept {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// HTTP dates have seconds; files have more.
std::chrono::sys_seconds in_seconds(SystemTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

bool same_time(std::string_view date, const std::optional<SystemTime>& modified) {
  std::optional<SystemTime> asked = parse_http_date(date);
  return asked && modified && in_seconds(*asked) == in_seconds(*modified);
}

}  // namespace

Conditions Conditions::of(const Request& request) {
  Conditions conditions;
  conditions.if_match = joined(request, "If-Match");
  conditions.if_none_match = joined(request, "If-None-Match");
  conditions.if_modified_since = request.header("If-Modified-Since");
  conditions.if_unmodified_since = request.header("If-Unmodified-Since");
  conditions.if_range = request.header("If-Range");
  return conditions;
}

bool is_entity_tag(std::string_view text) noexcept {
  text = without_weakness(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  return std::all_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
  });
}

// Tags may hold commas and backslashes, which mean nothing in them: so no general list reader.
bool matches_any(std::string_view list, std::string_view etag, bool weak) {
  list = trim_whitespace(list);
  if (list == "*") return true;
  if (etag.empty()) return false;
  for (;;) {
    while (!list.empty() && (list.front() == ',' || list.front() == ' ' || list.front() == '\t')) {
      list.remove_prefix(1);
    }
    std::size_t open = list.starts_with("W/") ? 2 : 0;
    if (open >= list.size() || list[open] != '"')
      return false;  // the end, or no tag: nothing after it counts
    std::size_t close = list.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    std::string_view tag = list.substr(0, close + 1);
    if (weak ? without_weakness(tag) == without_weakness(etag) : open == 0 && tag == etag) return true;
    list.remove_prefix(close + 1);
  }
}

Precondition evaluate(const Conditions& conditions, Method method, const Validators& now) {
  if (conditions.if_match) {
    if (!matches_any(*conditions.if_match, now.etag, false)) return Precondition::failed;
  } else if (conditions.if_unmodified_since && now.last_modified) {
    std::optional<SystemTime> asked = parse_http_date(*conditions.if_unmodified_since);
    if (asked && in_seconds(*now.last_modified) > in_seconds(*asked)) return Precondition::failed;
  }
  const bool reads = method == Method::get || method == Method::head;
  if (conditions.if_none_match) {
    if (!matches_any(*conditions.if_none_match, now.etag, true)) return Precondition::proceed;
    return reads ? Precondition::not_modified : Precondition::failed;
  }
  if (reads && conditions.if_modified_since && now.last_modified) {
    std::optional<SystemTime> asked = parse_http_date(*conditions.if_modified_since);
    if (asked && in_seconds(*now.last_modified) <= in_seconds(*asked)) return Precondition::not_modified;
  }
  return Precondition::proceed;
}

bool range_holds(const Conditions& conditions, const Validators& now) {
  if (!conditions.if_range) return true;
  std::string_view value = *conditions.if_range;
  if (is_entity_tag(value)) return !value.starts_with("W/") && value == now.etag;
  return same_time(value, now.last_modified);
}

}  // namespace ngo::http
