#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

const AttributeValue* find(std::span<const Attribute> attributes, std::string_view key) noexcept {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

std::string_view text_of(std::span<const Attribute> attributes, std::string_view key) noexcept {
  const AttributeValue* value = find(attributes, key);
  const auto* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

}  // namespace ngo::trace
