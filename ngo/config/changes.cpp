#include "ngo/config/changes.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "ngo/config/explain.hpp"
#include "ngo/config/known_impl.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

std::string shown(const Origin* origin, const KnownKey* reader) {
  if (origin == nullptr) return reader == nullptr ? std::string() : default_of(*reader);
  if (reader != nullptr && reader->secret) return std::string(kMask);
  return origin->value.empty() ? "empty" : origin->value;
}

}  // namespace

std::vector<Change> changes_between(const Node& before, const Node& after,
                                    std::span<const Section> sections) {
  const std::vector<Origin> old_ones = origins_of(before);
  const std::vector<Origin> new_ones = origins_of(after);
  std::map<std::string, const Origin*> gone;
  for (const Origin& each : old_ones) gone[plain_key(each.key)] = &each;
  std::vector<std::pair<const Origin*, const Origin*>> pairs;
  for (const Origin& each : new_ones) {
    const auto old = gone.find(plain_key(each.key));
    const Origin* const was = old == gone.end() ? nullptr : old->second;
    if (old != gone.end()) gone.erase(old);
    if (was == nullptr || was->fingerprint != each.fingerprint || was->value != each.value)
      pairs.emplace_back(was, &each);
  }
  for (const Origin& each : old_ones) {
    if (gone.contains(plain_key(each.key))) pairs.emplace_back(&each, nullptr);
  }
  std::vector<Change> out;
  if (pairs.empty()) return out;
  const std::vector<KnownKey> known = known_keys(sections);
  for (const auto& [was, is] : pairs) {
    const Origin& one = is == nullptr ? *was : *is;
    const KnownKey* const reader = reader_of(known, one.key);
    Change& change = out.emplace_back();
    change.key = one.key;
    change.before = shown(was, reader);
    change.after = shown(is, reader);
    change.was_set = was != nullptr;
    change.is_set = is != nullptr;
    change.source = one.source;
    change.live = is_live(known, one.key);
  }
  return out;
}

std::string to_string(const Change& change) {
  const auto value = [](const std::string& text, bool is_set) {
    if (is_set) return text;
    return text.empty() ? std::string("not set") : text + " (the default)";
  };
  std::string out = change.key + ": " + value(change.before, change.was_set) + " -> " +
                    value(change.after, change.is_set) + " (" + change.source +
                    (change.is_set ? ")" : ", gone)");
  if (!change.live) out += ", takes effect at restart";
  return out;
}

std::string to_string(std::span<const Change> changes, std::size_t most) {
  std::string out;
  for (const Change& each : changes.first(std::min(most, changes.size())))
    out.append(out.empty() ? "" : "; ").append(to_string(each));
  if (changes.size() > most) out += "; and " + std::to_string(changes.size() - most) + " more";
  return out;
}

}  // namespace ngo::config
