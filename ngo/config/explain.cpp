#include "ngo/config/explain.hpp"

#include <cstddef>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/secret.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

constexpr int kDeepest = 10;

void collect(const Node& node, const std::string& key, bool secret, std::vector<Origin>& out) {
  if (node.is_map() && !node.entries().empty()) {
    for (const Node::Entry& entry : node.entries()) {
      collect(entry.value, join_path(key, entry.key),
              secret || entry.value.secret() || is_secret_name(entry.key), out);
    }
    return;
  }
  if (node.is_list() && !node.elements().empty()) {
    for (std::size_t i = 0; i < node.elements().size(); ++i) {
      const Node& element = node.elements()[i];
      collect(element, join_path(key, std::to_string(i)), secret || element.secret(), out);
    }
    return;
  }
  if (key.empty()) return;
  Origin& origin = out.emplace_back();
  origin.key = key;
  origin.secret = secret;
  origin.source = node.place().to_string();
  for (const Place& place : node.shadows()) origin.shadows.push_back(place.to_string());
  if (node.is_map()) {
    origin.value = "{}";
  } else if (node.is_list()) {
    origin.value = "[]";
  } else if (node.is_scalar()) {
    origin.value = secret ? std::string(kMask) : mask_urls(node.text());
  }
}

// A key that the program reads.
struct Known {
  std::string key;
  const Member* member = nullptr;
  const Type* type = nullptr;
  JsonValue standard;
  bool secret = false;
};

void collect(const Type& type, const JsonValue* defaults, const std::string& key, bool secret, int depth,
             const Member* member, std::vector<Known>& out) {
  const Type* inner = &type;
  while (inner->kind() == Kind::optional) inner = &inner->element();
  if (inner->kind() == Kind::object && depth < kDeepest) {
    for (const Member& each : inner->members()) {
      const JsonValue* const value =
          defaults != nullptr && defaults->is_object() ? defaults->find(each.name) : nullptr;
      collect(*each.type, value, join_path(key, to_camel_case(each.name)),
              secret || each.secret || is_secret(*each.type) || is_secret_name(each.name), depth + 1, &each,
              out);
    }
    return;
  }
  out.push_back({key, member, &type, defaults == nullptr ? JsonValue() : *defaults, secret});
}

bool same_key(std::string_view a, std::string_view b) {
  while (true) {
    const std::size_t a_end = a.find('.');
    const std::size_t b_end = b.find('.');
    if (!same_name(a.substr(0, a_end), b.substr(0, b_end))) return false;
    if (a_end == std::string_view::npos || b_end == std::string_view::npos) return a_end == b_end;
    a.remove_prefix(a_end + 1);
    b.remove_prefix(b_end + 1);
  }
}

bool is_below(std::string_view key, std::string_view above) {
  for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    if (same_key(key.substr(0, dot), above)) return true;
  }
  return same_key(key, above);
}

// "hall.0.seats" is read by what is known as "hall.seats".
std::string without_numbers(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const std::size_t dot = key.find('.');
    const std::string_view step = key.substr(0, dot);
    if (step.find_first_not_of("0123456789") != std::string_view::npos) out = join_path(out, step);
    if (dot == std::string_view::npos) break;
    key.remove_prefix(dot + 1);
  }
  return out;
}

const Origin* origin_of(const std::vector<Origin>& origins, std::string_view key) {
  for (const Origin& each : origins) {
    if (same_key(each.key, key)) return &each;
  }
  return nullptr;
}

std::string default_of(const Known& known) {
  if (known.standard.is_null()) return "none";
  if (known.secret) return std::string(kMask);
  if (known.standard.is_string()) {
    const std::string& text = known.standard.as_string();
    return text.empty() ? "empty" : text;
  }
  std::string out;
  json::write(out, known.standard);
  return out;
}

void tell(std::string& out, const std::string& key, const Origin* set, const Known* known) {
  const auto line = [&out](std::string_view name, const std::string& text) {
    out.append("  ")
        .append(name)
        .append(name.size() < 10 ? 10 - name.size() : 1, ' ')
        .append(text)
        .append("\n");
  };
  out.append(key);
  if (set != nullptr) {
    out.append(" = ").append(set->value.empty() ? "(empty)" : set->value);
  } else if (known != nullptr) {
    out.append(" = ").append(default_of(*known));
  }
  out += '\n';
  if (known != nullptr && known->member != nullptr && !known->member->description.empty())
    line("what", std::string(known->member->description));
  line("from", set == nullptr ? "the default: nothing sets it" : set->source);
  if (set != nullptr) {
    for (const std::string& shadow : set->shadows) line("instead of", "the value in " + shadow);
  }
  if (known != nullptr) {
    if (set != nullptr) line("default", default_of(*known));
    line("expects", describe_limits(*known->type));
    if (known->member != nullptr && known->member->required) line("required", "yes");
  } else {
    line("read by", "no part of this program");
  }
  if ((known != nullptr && known->secret) || (set != nullptr && set->secret))
    line("secret", "yes: it is shown nowhere");
}

}  // namespace

std::vector<Origin> origins_of(const Node& root) {
  std::vector<Origin> out;
  collect(root, {}, false, out);
  return out;
}

std::string explain(std::string_view key, const Node& root, std::span<const Section> sections, bool& found) {
  const std::vector<Origin> origins = origins_of(root);
  std::vector<Known> known;
  for (const Section& section : sections)
    collect(*section.type, &section.defaults, section.name, false, 0, nullptr, known);
  std::string out;
  std::vector<const Origin*> told;
  for (const Origin& each : origins) {
    if (!is_below(each.key, key) && !is_below(without_numbers(each.key), key)) continue;
    const std::string plain = without_numbers(each.key);
    const Known* reader = nullptr;
    for (const Known& candidate : known) {
      if (same_key(candidate.key, plain) || is_below(plain, candidate.key)) reader = &candidate;
    }
    tell(out, each.key, &each, reader);
    told.push_back(&each);
  }
  for (const Known& each : known) {
    if (!is_below(each.key, without_numbers(key))) continue;
    bool is_told = false;
    for (const Origin* set : told) is_told |= is_below(without_numbers(set->key), each.key);
    if (!is_told) tell(out, each.key, origin_of(origins, each.key), &each);
  }
  found = !out.empty();
  if (found) return out;
  Nearest nearest(key);
  for (const Known& each : known) nearest.offer(each.key);
  out = "no part of this program has the key " + in_quotes(key);
  if (!nearest.best().empty()) out.append("; did you mean ").append(in_quotes(nearest.best())).append("?");
  out += "\nsections:";
  std::string_view before = " ";
  for (const Section& section : sections) {
    out.append(before).append(section.name);
    before = ", ";
  }
  return out += '\n';
}

}  // namespace ngo::config
