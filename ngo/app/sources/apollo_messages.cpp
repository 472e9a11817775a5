#include "ngo/app/sources/apollo_messages_impl.hpp"

#include <algorithm>

#include "ngo/app/sources/digest_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::app::apollo {
namespace {

[[noreturn]] void refuse() {
  throw Error(Code::internal, "Apollo's answer is not the JSON that was expected");
}

JsonValue read(std::string_view text) {
  JsonValue out;
  Problems problems;
  if (!json::parse_into(type_of<JsonValue>(), &out, text, {}, problems)) refuse();
  return out;
}

std::string text_of(const JsonValue* value) {
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? value->as_string() : json::to_string(*value);
}

const JsonValue::Array& list_of(const JsonValue* value) {
  static const JsonValue::Array nothing;
  if (value == nullptr || value->is_null()) return nothing;
  if (!value->is_array()) refuse();
  return value->as_array();
}

void escape(std::string_view text, std::string_view escaped, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '\n': out += "\\n"; continue;
      case '\r': out += "\\r"; continue;
      case '\t': out += "\\t"; continue;
      case '\f': out += "\\f"; continue;
      default: break;
    }
    if (escaped.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

}  // namespace

Release read_release(std::string_view json) {
  const JsonValue wire = read(json);
  if (!wire.is_object()) refuse();
  Release out;
  out.key = text_of(wire.find("releaseKey"));
  out.is_incremental = equals_ignoring_case(text_of(wire.find("configSyncType")), "IncrementalSync");
  const JsonValue* const all = wire.find("configurations");
  if (all != nullptr && all->is_object()) {
    for (const JsonMember& each : all->as_object())
      out.configurations.emplace_back(each.name, text_of(&each.value));
  } else if (!out.is_incremental) {
    refuse();
  }
  for (const JsonValue& each : list_of(wire.find("configurationChanges"))) {
    std::string type = text_of(each.find("configurationChangeType"));
    if (type.empty()) type = text_of(each.find("changeType"));
    out.changes.push_back(
        {text_of(each.find("key")), text_of(each.find("newValue")), equals_ignoring_case(type, "DELETED")});
  }
  return out;
}

std::vector<Notification> read_notifications(std::string_view json) {
  const JsonValue wire = read(json);
  std::vector<Notification> out;
  for (const JsonValue& each : list_of(&wire)) {
    const JsonValue* const id = each.find("notificationId");
    if (id == nullptr || id->kind() != JsonValue::Kind::integer) refuse();
    const JsonValue* const messages = each.find("messages");
    out.push_back({text_of(each.find("namespaceName")), id->as_int64(),
                   messages == nullptr || !messages->is_object() ? "" : json::to_string(*messages)});
  }
  return out;
}

std::vector<std::string> read_services(std::string_view json) {
  const JsonValue wire = read(json);
  std::vector<std::string> out;
  for (const JsonValue& each : list_of(&wire)) {
    std::string url = text_of(each.find("homepageUrl"));
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty()) out.push_back(std::move(url));
  }
  return out;
}

std::string write_notifications(const std::vector<Notification>& known) {
  JsonValue out = JsonValue::array();
  for (const Notification& each : known) {
    JsonValue one = JsonValue::object();
    one["namespaceName"] = each.namespace_name;
    one["notificationId"] = each.id;
    out.push_back(std::move(one));
  }
  return json::to_string(out);
}

void apply(const Release& release, Configurations& to) {
  if (!release.is_incremental) {
    to = release.configurations;
    return;
  }
  for (const Release::Change& change : release.changes) {
    const auto found =
        std::find_if(to.begin(), to.end(), [&change](const auto& pair) { return pair.first == change.key; });
    if (change.deleted) {
      if (found != to.end()) to.erase(found);
    } else if (found != to.end()) {
      found->second = change.value;
    } else {
      to.emplace_back(change.key, change.value);
    }
  }
}

std::string authorization(std::string_view app, std::string_view secret, std::string_view timestamp,
                          std::string_view target) {
  std::string message(timestamp);
  message.append("\n").append(target);
  return "Apollo " + std::string(app) + ":" + base64::encode(hmac_sha1(secret, message));
}

std::string_view wire_name(std::string_view namespace_name) noexcept {
  constexpr std::string_view kProperties = ".properties";
  if (namespace_name.size() > kProperties.size() &&
      equals_ignoring_case(namespace_name.substr(namespace_name.size() - kProperties.size()), kProperties))
    namespace_name.remove_suffix(kProperties.size());
  return namespace_name;
}

std::string_view suffix_of(std::string_view namespace_name) noexcept {
  const std::size_t dot = namespace_name.rfind('.');
  if (dot == std::string_view::npos) return {};
  for (const std::string_view each : {".yaml", ".yml", ".json", ".xml", ".txt"}) {
    if (equals_ignoring_case(namespace_name.substr(dot), each)) return each;
  }
  return {};
}

std::string to_properties(const Configurations& configurations) {
  std::string out;
  for (const auto& [key, value] : configurations) {
    escape(key, "\\=: #!", out);
    out += '=';
    if (value.starts_with(' ')) out += '\\';
    escape(value, "\\", out);
    out += '\n';
  }
  return out;
}

}  // namespace ngo::app::apollo
