#include "ngo/config/schema.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "ngo/base/secret.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"

namespace ngo::config {
namespace {

// Structs may hold lists of themselves.
constexpr int kDeepest = 10;

using Object = JsonValue::Object;
using Array = JsonValue::Array;

JsonValue text_with_variable() { return Object{{"type", "string"}, {"pattern", "\\$\\{"}}; }

JsonValue names_of(std::initializer_list<const char*> names) {
  Array out;
  for (const char* name : names) out.emplace_back(name);
  return out;
}

void add_bound(Object& out, const char* name, const Bound& bound) {
  switch (bound.tag) {
    case Bound::Tag::none: break;
    case Bound::Tag::integer: out.push_back({name, bound.integer}); break;
    case Bound::Tag::natural: out.push_back({name, bound.natural}); break;
    case Bound::Tag::real: out.push_back({name, bound.real}); break;
  }
}

Object schema_of(const Type& type, const JsonValue* defaults, int depth);

Object scalar_schema(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean: return {{"type", names_of({"boolean", "string"})}};
    case Kind::integer: {
      Object out{{"type", names_of({"integer", "string"})}};
      const std::size_t bits = type.size() * 8;
      if (!type.is_signed()) out.push_back({"minimum", 0});
      if (bits < 64)
        out.push_back({"maximum", (std::int64_t{1} << (type.is_signed() ? bits - 1 : bits)) - 1});
      if (bits < 64 && type.is_signed()) out.push_back({"minimum", -(std::int64_t{1} << (bits - 1))});
      return out;
    }
    case Kind::floating: return {{"type", names_of({"number", "string"})}};
    case Kind::duration:
      return {{"type", names_of({"string", "integer"})}, {"examples", names_of({"500ms", "10s", "1h30m"})}};
    case Kind::byte_size:
      return {{"type", names_of({"string", "integer"})}, {"examples", names_of({"512", "64KiB", "10MiB"})}};
    case Kind::enumeration: {
      Array names;
      for (const EnumName& name : type.enum_names()) names.emplace_back(name.name);
      return {{"anyOf", Array{Object{{"enum", std::move(names)}}, text_with_variable()}}};
    }
    default: return {{"type", names_of({"string", "number", "boolean"})}};
  }
}

Object member_schema(const Member& member, const JsonValue* defaults, int depth) {
  Object out = schema_of(*member.type, defaults, depth);
  if (!member.description.empty()) out.push_back({"description", member.description});
  const bool nested = member.type->kind() == Kind::object;
  const bool secret = member.secret || is_secret(*member.type);
  if (defaults != nullptr && !secret && !nested && !defaults->is_null())
    out.push_back({"default", *defaults});
  if (secret) out.push_back({"writeOnly", true});
  if (const MemberRules* const rules = member.rules; rules != nullptr && member.type->is_scalar()) {
    // A rule is narrower than the type.
    std::erase_if(out, [rules](const JsonMember& each) {
      return (each.name == "minimum" && rules->low.tag != Bound::Tag::none) ||
             (each.name == "maximum" && rules->high.tag != Bound::Tag::none);
    });
    if (member.type->kind() == Kind::integer || member.type->kind() == Kind::floating) {
      add_bound(out, "minimum", rules->low);
      add_bound(out, "maximum", rules->high);
    }
  }
  return out;
}

Object object_schema(const Type& type, const JsonValue* defaults, bool named, int depth) {
  Object members;
  Array required;
  for (const Member& member : type.members()) {
    const JsonValue* const value =
        defaults != nullptr && defaults->is_object() ? defaults->find(member.name) : nullptr;
    members.push_back({to_camel_case(member.name), member_schema(member, value, depth + 1)});
    if (member.required) required.emplace_back(to_camel_case(member.name));
  }
  if (named && type.member("name") == nullptr)
    members.insert(members.begin(), {"name", Object{{"type", "string"}, {"default", "default"}}});
  Object out{{"type", "object"}, {"properties", std::move(members)}, {"additionalProperties", false}};
  if (!required.empty()) out.push_back({"required", std::move(required)});
  return out;
}

Object list_or_one(Object element) {
  JsonValue one(element);
  return {{"anyOf", Array{Object{{"type", "array"}, {"items", std::move(element)}}, std::move(one)}}};
}

Object schema_of(const Type& type, const JsonValue* defaults, int depth) {
  if (depth > kDeepest) return {};
  switch (type.kind()) {
    case Kind::object: return object_schema(type, defaults, false, depth);
    case Kind::sequence: return list_or_one(schema_of(type.element(), nullptr, depth + 1));
    case Kind::map:
      return {{"type", "object"}, {"additionalProperties", schema_of(type.element(), nullptr, depth + 1)}};
    case Kind::optional: return schema_of(type.element(), defaults, depth);
    case Kind::variant: {
      Array any;
      for (const Type* each : type.variant().alternatives) {
        Object one = schema_of(*each, nullptr, depth + 1);
        if (each->kind() == Kind::object)
          std::erase_if(one, [](const JsonMember& m) { return m.name == "additionalProperties"; });
        any.emplace_back(std::move(one));
      }
      return {{"anyOf", std::move(any)}};
    }
    case Kind::json: return {};
    default: return scalar_schema(type);
  }
}

void print(const JsonValue& value, std::size_t depth, std::string& out) {
  const std::string indent(depth * 2 + 2, ' ');
  if (value.is_object() && !value.as_object().empty()) {
    out += "{";
    const char* between = "\n";
    for (const JsonMember& member : value.as_object()) {
      out.append(between).append(indent);
      json::write(out, member.name);
      out += ": ";
      print(member.value, depth + 1, out);
      between = ",\n";
    }
    out.append("\n").append(depth * 2, ' ').append("}");
    return;
  }
  if (value.is_array()) {
    out += "[";
    const char* between = "";
    for (const JsonValue& element : value.as_array()) {
      out += between;
      print(element, depth + 1, out);
      between = ", ";
    }
    out += "]";
    return;
  }
  json::write(out, value);
}

}  // namespace

std::string json_schema(std::span<const Section> sections, const std::string& title) {
  Object properties;
  for (const Section& section : sections) {
    Object schema = section.listed && section.type->kind() == Kind::object
                        ? list_or_one(object_schema(*section.type, &section.defaults, true, 0))
                        : schema_of(*section.type, &section.defaults, 0);
    bool there = false;
    for (const JsonMember& each : properties) there |= each.name == section.name;
    if (!there) properties.push_back({section.name, std::move(schema)});
  }
  properties.push_back(
      {"configImports",
       list_or_one(Object{
           {"type", "string"},
           {"description", "more files, laid over this one; patterns and \"optional:\" are understood"}})});
  properties.push_back(
      {"profile",
       list_or_one(Object{{"type", "string"},
                          {"description", "this document applies when one of these profiles does"}})});
  const JsonValue document = Object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                    {"title", "configuration of " + title},
                                    {"type", "object"},
                                    {"properties", std::move(properties)},
                                    {"additionalProperties", false}};
  std::string out;
  print(document, 0, out);
  out += '\n';
  return out;
}

}  // namespace ngo::config
