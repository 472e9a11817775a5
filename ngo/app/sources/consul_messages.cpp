#include "ngo/app/sources/consul_messages_impl.hpp"

#include <algorithm>
#include <charconv>

#include "ngo/base/error.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::app::consul {

Pairs read_pairs(std::string_view json) {
  JsonValue wire;
  Problems problems;
  if (!json::parse_into(type_of<JsonValue>(), &wire, json, {}, problems) || !wire.is_array())
    throw Error(Code::internal, "Consul's answer is not the JSON that was expected");
  Pairs out;
  for (const JsonValue& each : wire.as_array()) {
    const JsonValue* const key = each.find("Key");
    const JsonValue* const value = each.find("Value");  // null where it is empty
    if (key == nullptr || !key->is_string())
      throw Error(Code::internal, "Consul's answer has a pair without its key");
    const std::string_view text =
        value != nullptr && value->is_string() ? std::string_view(value->as_string()) : "";
    std::optional<std::string> bytes = base64::decode(text);
    if (!bytes) throw Error(Code::internal, "Consul's answer is not in Base64");
    out.emplace_back(key->as_string(), std::move(*bytes));
  }
  return out;
}

std::uint64_t next_index(std::uint64_t present, std::optional<std::string_view> header) noexcept {
  std::uint64_t index = 0;
  const std::string_view text = header.value_or("");
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (problem != std::errc() || end != text.data() + text.size() || index < present) return 0;
  return std::max<std::uint64_t>(index, 1);
}

}  // namespace ngo::app::consul
