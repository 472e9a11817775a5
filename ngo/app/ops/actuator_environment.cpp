// /actuator/env and /actuator/configprops: the configuration, where each value was written, and what became
// of it. Secrets are masked here, whoever asks.
#include <unistd.h>

#include <map>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/config/secret.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"

namespace ngo::app {
namespace {

constexpr std::string_view kMasked = "******";

struct EnvironmentQuery {
  std::string pattern;
};

struct Property {
  std::string key;
  std::string text;
  std::string source;
  std::string origin;
};

std::string origin_of(const config::Place& place) {
  return (place.line != 0 ? "file " : "") + place.to_string();
}

// The leaves beneath a node, with their whole names: "log[0].level".
void flatten(const config::Node& node, const std::string& key, bool secret, std::vector<Property>& out) {
  secret = secret || node.secret();
  if (node.is_map()) {
    for (const config::Node::Entry& entry : node.entries()) {
      flatten(entry.value, key.empty() ? entry.key : key + "." + entry.key,
              secret || config::is_secret_name(entry.key), out);
    }
  } else if (node.is_list()) {
    std::size_t index = 0;
    for (const config::Node& element : node.elements())
      flatten(element, key + "[" + std::to_string(index++) + "]", secret, out);
  } else {
    const config::Place& place = node.place();
    out.push_back({key, secret ? std::string(kMasked) : config::mask_urls(node.text()),
                   place.source == nullptr ? "defaults" : *place.source, origin_of(place)});
  }
}

std::vector<Property> properties_of(const config::Tree& tree) {
  std::vector<Property> all;
  flatten(tree.root(), "", false, all);
  // Each variable and each flag is a source of its own to the tree; people think of them as one.
  for (Property& each : all) {
    if (each.source.starts_with("environment variable ")) each.source = "systemEnvironment";
    if (each.source.starts_with("--set ")) each.source = "commandLineArgs";
  }
  all.push_back({"PID", std::to_string(getpid()), "systemProperties", ""});
  return all;
}

// What stands later has been overruled by what stands earlier.
int precedence(std::string_view source) {
  if (source == "commandLineArgs") return 0;
  if (source == "systemProperties") return 1;
  if (source == "systemEnvironment") return 2;
  return source == "defaults" ? 4 : 3;
}

using Sources = std::map<std::pair<int, std::string>, std::vector<const Property*>>;

Sources by_source(const std::vector<Property>& all) {
  Sources sources;
  for (const Property& each : all) sources[{precedence(each.source), each.source}].push_back(&each);
  return sources;
}

JsonValue value_of(const Property& property) {
  JsonValue one;
  one["value"] = property.text;
  if (!property.origin.empty()) one["origin"] = property.origin;
  return one;
}

JsonValue frame() {
  JsonValue body;
  body["activeProfiles"] = JsonValue::array();
  body["defaultProfiles"] = JsonValue::array();
  return body;
}

JsonValue environment(const config::Tree& tree, std::string_view pattern) {
  const std::vector<Property> all = properties_of(tree);
  JsonValue body = frame();
  body["propertySources"] = JsonValue::array();
  for (const auto& [key, properties] : by_source(all)) {
    JsonValue source;
    source["name"] = key.second;
    source["properties"] = JsonValue::object();
    for (const Property* const each : properties) {
      if (each->key.find(pattern) != std::string::npos) source["properties"][each->key] = value_of(*each);
    }
    body["propertySources"].push_back(std::move(source));
  }
  return body;
}

JsonValue one_of_environment(const config::Tree& tree, std::string_view key) {
  const std::vector<Property> all = properties_of(tree);
  JsonValue body = frame();
  JsonValue sources = JsonValue::array();
  bool found = false;
  for (const auto& [name, properties] : by_source(all)) {
    JsonValue source;
    source["name"] = name.second;
    for (const Property* const each : properties) {
      if (each->key != key) continue;
      found = true;
      source["property"] = value_of(*each);
      body["property"]["source"] = name.second;
      body["property"]["value"] = each->text;
    }
    sources.push_back(std::move(source));
  }
  if (!found) throw Error(Code::not_found, "the configuration has no such key");
  body["propertySources"] = std::move(sources);
  return body;
}

// ---- the structs that sections were bound to

JsonValue described(const Type& type, const void* value, bool secret);

// What the configuration has as JSON of any shape.
void mask(JsonValue& value, bool secret) {
  if (value.is_object()) {
    for (JsonMember& member : value.as_object())
      mask(member.value, secret || config::is_secret_name(member.name));
  } else if (value.is_array()) {
    for (JsonValue& element : value.as_array()) mask(element, secret);
  } else if (value.is_string() && value.as_string().empty()) {
    // Nothing is no secret, and whoever looks for a mistake wants to see it.
  } else if (secret) {
    value = kMasked;
  } else if (value.is_string()) {
    value = config::mask_urls(value.as_string());
  }
}

JsonValue described_object(const Type& type, const void* value, bool secret) {
  JsonValue object = JsonValue::object();
  for (const Member& member : type.members()) {
    object[member.name] = described(*member.type, member.in(value),
                                    secret || member.secret || config::is_secret_name(member.name));
  }
  return object;
}

JsonValue described(const Type& type, const void* value, bool secret) {
  switch (type.kind()) {
    case Kind::object: return described_object(type, value, secret);
    case Kind::optional: {
      const void* const held = type.optional().get(value);
      return held == nullptr ? JsonValue() : described(type.element(), held, secret);
    }
    case Kind::sequence: {
      JsonValue list = JsonValue::array();
      type.sequence().each(
          value, [&](const void* element) { list.push_back(described(type.element(), element, secret)); });
      return list;
    }
    case Kind::map: {
      JsonValue object = JsonValue::object();
      type.map().each(value, [&](std::string_view key, const void* element) {
        object[key] = described(type.element(), element, secret || config::is_secret_name(key));
      });
      return object;
    }
    case Kind::variant: {
      const VariantOps& variant = type.variant();
      return described(*variant.alternatives[variant.index(value)], variant.get(value), secret);
    }
    default: break;
  }
  std::string text;
  json::write(text, type, value);
  JsonValue plain = json::parse<JsonValue>(text);
  mask(plain, secret);
  return plain;
}

JsonValue only(const JsonValue& beans, std::string_view prefix) {
  JsonValue kept = JsonValue::object();
  for (const JsonMember& bean : beans.as_object()) {
    if (bean.value.at("prefix").as_string().starts_with(prefix)) kept[bean.name] = bean.value;
  }
  return kept;
}

JsonValue properties(const JsonValue& beans) {
  JsonValue body;
  body["contexts"]["application"]["beans"] = beans;
  return body;
}

}  // namespace

JsonValue describe_properties(const Type& type, const void* value, std::string_view prefix,
                              const config::Node* section) {
  JsonValue bean;
  bean["prefix"] = prefix;
  bean["properties"] = described(type, value, false);
  JsonValue inputs = JsonValue::object();
  if (section != nullptr) {
    std::vector<Property> written;
    flatten(*section, "", false, written);
    for (const Property& each : written) inputs[each.key] = value_of(each);
  }
  bean["inputs"] = std::move(inputs);
  return bean;
}

void add_actuator_environment(Routes& routes, const Actuator& actuator) {
  const std::string& base = actuator.base_path;
  routes.get(base + "/env", [&actuator](const Request& request, Query<EnvironmentQuery> query) {
    return actuator_json(request, environment(*actuator.tree, query->pattern));
  });
  routes.get(base + "/env/{key}", [&actuator](const Request& request, std::string_view key) {
    return actuator_json(request, one_of_environment(*actuator.tree, key));
  });
  routes.get(base + "/configprops", [&actuator](const Request& request) {
    return actuator_json(request, properties(*actuator.config_properties));
  });
  routes.get(base + "/configprops/{prefix}", [&actuator](const Request& request, std::string_view prefix) {
    JsonValue kept = only(*actuator.config_properties, prefix);
    if (kept.size() == 0) throw Error(Code::not_found, "no section of the configuration begins like that");
    return actuator_json(request, properties(kept));
  });
}

}  // namespace ngo::app
