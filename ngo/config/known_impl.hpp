// The keys that a program reads, from the structs that its sections are bound to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/type.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/config/schema.hpp"

namespace ngo::config {

struct KnownKey {
  std::string key;
  std::string plain;  // the same by plain_key()
  const Member* member = nullptr;
  const Type* type = nullptr;
  JsonValue standard;
  bool secret = false;
  bool live = false;
};

[[nodiscard]] std::vector<KnownKey> known_keys(std::span<const Section> sections);

// The one spelling that stands for all of a key.
[[nodiscard]] std::string plain_key(std::string_view key);
// Keys in different spellings, step by step.
[[nodiscard]] bool same_key(std::string_view a, std::string_view b);
[[nodiscard]] bool is_below(std::string_view key, std::string_view above);
// "hall.0.seats" is read by what is known as "hall.seats".
[[nodiscard]] std::string without_numbers(std::string_view key);

// What reads this key of a configuration; null: nothing does.
[[nodiscard]] const KnownKey* reader_of(std::span<const KnownKey> known, std::string_view key);

// Whether a new value there takes effect while the program runs: of what reads it, or of all that is below
// it.
[[nodiscard]] bool is_live(std::span<const KnownKey> known, std::string_view key);

// The default as people write it; masked when it is secret.
[[nodiscard]] std::string default_of(const KnownKey& known);

}  // namespace ngo::config
