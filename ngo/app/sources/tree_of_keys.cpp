#include "ngo/app/sources/tree_of_keys_impl.hpp"

#include <cstddef>
#include <utility>

namespace ngo::app {

config::Document document_of(const KeyChoice& choice, std::string_view store, std::string_view key,
                             std::string value) {
  config::Document out;
  out.source.append(store).append(":").append(key);
  out.secret = choice.secret;
  out.text = std::move(value);
  std::optional<config::Format> format = choice.format;
  const std::size_t dot = key.rfind('.');
  if (!format && dot != std::string_view::npos) format = config::format_of_name(key.substr(dot + 1));
  if (format || !choice.is_prefix()) {
    out.format = format.value_or(config::Format::yaml);
    return out;
  }
  out.key = key.substr(choice.key.size());
  for (char& c : out.key) {
    if (c == '/') c = '.';
  }
  if (out.text.ends_with('\n')) out.text.pop_back();
  return out;
}

}  // namespace ngo::app
