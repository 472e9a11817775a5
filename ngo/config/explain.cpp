#include "ngo/config/explain.hpp"

#include <cstddef>
#include <functional>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/config/known_impl.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

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
  origin.fingerprint = std::hash<std::string>()(node.text());
  for (const Place& place : node.shadows()) origin.shadows.push_back(place.to_string());
  if (node.is_map()) {
    origin.value = "{}";
  } else if (node.is_list()) {
    origin.value = "[]";
  } else if (node.is_scalar()) {
    origin.value = secret ? std::string(kMask) : mask_urls(node.text());
  }
}

const Origin* origin_of(const std::vector<Origin>& origins, std::string_view key) {
  for (const Origin& each : origins) {
    if (same_key(each.key, key)) return &each;
  }
  return nullptr;
}

void tell(std::string& out, const std::string& key, const Origin* set, const KnownKey* known) {
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
    line("a change", known->live ? "takes effect while the service runs" : "takes effect at restart");
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

std::vector<Provenance> provenance_of(const Node& root, std::span<const Section> sections) {
  const std::vector<KnownKey> known = known_keys(sections);
  std::vector<Provenance> out;
  for (Origin& each : origins_of(root)) {
    Provenance& one = out.emplace_back();
    one.live = is_live(known, each.key);
    if (const KnownKey* const reader = reader_of(known, each.key)) {
      one.is_read = true;
      one.standard = default_of(*reader);
      if (reader->member != nullptr) one.description = reader->member->description;
      if (reader->secret && !each.secret) {
        each.secret = true;
        each.value = kMask;
      }
    }
    one.origin = std::move(each);
  }
  return out;
}

std::string explain(std::string_view key, const Node& root, std::span<const Section> sections, bool& found) {
  const std::vector<Origin> origins = origins_of(root);
  const std::vector<KnownKey> known = known_keys(sections);
  std::string out;
  std::vector<const Origin*> told;
  for (const Origin& each : origins) {
    if (!is_below(each.key, key) && !is_below(without_numbers(each.key), key)) continue;
    tell(out, each.key, &each, reader_of(known, each.key));
    told.push_back(&each);
  }
  for (const KnownKey& each : known) {
    if (!is_below(each.key, without_numbers(key))) continue;
    bool is_told = false;
    for (const Origin* set : told) is_told |= is_below(without_numbers(set->key), each.key);
    if (!is_told) tell(out, each.key, origin_of(origins, each.key), &each);
  }
  found = !out.empty();
  if (found) return out;
  Nearest nearest(key);
  for (const KnownKey& each : known) nearest.offer(each.key);
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
