#include "ngo/trace/span_data.hpp"

#include <algorithm>

namespace ngo::trace {

AttributeName::AttributeName(std::string_view text) : size_(static_cast<std::uint32_t>(text.size())) {
  char* const copy = new char[text.size()];
  std::copy_n(text.data(), text.size(), copy);
  data_ = copy;
  owned_ = true;
}

AttributeName::AttributeName(const AttributeName& other)
    : AttributeName(other.owned_ ? AttributeName(other.text()) : lasting(other.text())) {}

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
