#include "ngo/config/bind.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include "ngo/base/secret.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/config/scalar_impl.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kVariantTag = "type";

bool contains(std::span<const std::string_view> names, std::string_view name) {
  for (const std::string_view each : names) {
    if (same_name(each, name)) return true;
  }
  return false;
}

// How a member is called in messages; files are written in camelCase.
std::string key_of(const Member& member) { return to_camel_case(member.name); }

std::string valid_keys(const Type& type) {
  std::string out;
  for (const Member& member : type.members()) out.append(out.empty() ? "" : ", ").append(key_of(member));
  return out.empty() ? "this section has no keys" : "valid keys: " + out;
}

std::string expected_shape(const Type& type) {
  switch (type.kind()) {
    case Kind::object: return "a map with keys; " + valid_keys(type);
    case Kind::sequence: return "a list";
    case Kind::map: return "a map";
    case Kind::optional: return expected_shape(type.element());
    default: return describe(type);
  }
}

// What rules found, told by JSON pointers below a value, with the places and keys of the nodes they are
// about.
void report_rules(const Problems& problems, const Node& node, const std::string& path, bool secret,
                  Report& report) {
  for (const Problem& problem : problems) {
    const Node* at = &node;
    std::string key = path;
    std::string_view rest = problem.path;
    while (!rest.empty()) {
      rest.remove_prefix(1);
      const std::string_view step = rest.substr(0, rest.find('/'));
      rest.remove_prefix(step.size());
      key = join_path(key, step);
      if (const Node::Entry* const entry = at->find(step)) {
        at = &entry->value;
      } else if (std::size_t index = 0; at->is_list()) {
        for (const char c : step) index = index * 10 + static_cast<std::size_t>(c - '0');
        if (index < at->elements().size()) at = &at->elements()[index];
      }
    }
    report.error(
        at->place(), std::move(key),
        secret ? "the value breaks the rules of this key; it is a secret and not shown" : problem.message);
  }
}

JsonValue to_json(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null: break;
    case Node::Kind::scalar: return node.plain() ? json_from_plain(node.text()) : JsonValue(node.text());
    case Node::Kind::list: {
      JsonValue::Array elements;
      for (const Node& element : node.elements()) elements.push_back(to_json(element));
      return JsonValue(std::move(elements));
    }
    case Node::Kind::map: {
      JsonValue::Object members;
      for (const Node::Entry& entry : node.entries()) members.push_back({entry.key, to_json(entry.value)});
      return JsonValue(std::move(members));
    }
  }
  return {};
}

class Binding {
 public:
  explicit Binding(Report& report) : report_(report) {}

  bool value(const Type& type, void* out, Node& node, const std::string& path, const BindOptions& options) {
    if (node.faulty()) return false;
    switch (type.kind()) {
      case Kind::object: return object(type, out, node, path, options);
      case Kind::sequence: return sequence(type, out, node, path, options);
      case Kind::map: return map(type, out, node, path);
      case Kind::optional: return optional(type, out, node, path, options);
      case Kind::variant: return variant(type, out, node, path);
      case Kind::json: *static_cast<JsonValue*>(out) = to_json(node); return true;
      default: return scalar(type, out, node, path);
    }
  }

 private:
  bool wrong_shape(const Type& type, const Node& node, const std::string& path) {
    report_.error(node.place(), path,
                  "expected " + expected_shape(type) +
                      (node.is_scalar() ? "" : ", found " + std::string(node.kind_name())));
    return false;
  }

  bool scalar(const Type& type, void* out, const Node& node, const std::string& path) {
    if (!node.is_scalar()) return wrong_shape(type, node, path);
    std::string message;
    if (scalar_from_config(type, out, node.text(), node.plain(), node.secret(), message)) return true;
    report_.error(node.place(), path, std::move(message));
    return false;
  }

  bool object(const Type& type, void* out, Node& node, const std::string& path, const BindOptions& options) {
    if (!node.is_map()) return wrong_shape(type, node, path);
    const std::size_t before = report_.size();
    std::vector<const Node::Entry*> given(type.members().size());
    for (Node::Entry& entry : node.entries()) {
      const std::size_t index = member_of(type, entry.key);
      if (index == given.size()) {
        unknown(type, entry, path, options);
      } else if (given[index] != nullptr) {
        report_.error(
            entry.key_place, join_path(path, entry.key),
            "the same as " + in_quotes(given[index]->key) + " in " + given[index]->key_place.to_string());
      } else {
        given[index] = &entry;
        member(type.members()[index], out, entry, path);
      }
    }
    Problems problems;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const Member& each = type.members()[i];
      if (given[i] != nullptr && !given[i]->value.is_null()) continue;
      if (each.required) {
        report_.error(node.place(), join_path(path, key_of(each)),
                      "missing; expected " + expected_shape(*each.type));
        continue;
      }
      problems.clear();
      check_absent(each, each.in(out), Path(), problems);
      for (const Problem& problem : problems) {
        report_.error(node.place(), join_path(path, key_of(each)), problem.message);
      }
    }
    if (report_.size() != before) return false;
    problems.clear();
    check_struct(type, out, Path(), problems);
    for (const Problem& problem : problems) report_.error(node.place(), path, problem.message);
    return problems.empty();
  }

  static std::size_t member_of(const Type& type, std::string_view key) {
    const auto members = type.members();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (members[i].name == key) return i;
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (same_name(members[i].name, key)) return i;
    }
    return members.size();
  }

  void member(const Member& member, void* object, Node::Entry& entry, const std::string& path) {
    if (member.secret || is_secret(*member.type) || is_secret_name(entry.key)) entry.value.mark_secret();
    if (entry.value.is_null()) return;  // `port:` without a value says nothing
    const std::string key = join_path(path, entry.key);
    if (!value(*member.type, member.in(object), entry.value, key, {}) || member.rules == nullptr) return;
    Problems problems;
    check_rules(member, member.in(object), Path(), problems);
    report_rules(problems, entry.value, key, entry.value.secret(), report_);
  }

  void unknown(const Type& type, const Node::Entry& entry, const std::string& path,
               const BindOptions& options) {
    if (contains(options.passed_over, entry.key)) return;
    if (contains(options.without_effect, entry.key)) {
      report_.warn(entry.key_place, join_path(path, entry.key), "not available yet; the key has no effect");
      return;
    }
    const std::string wanted = to_camel_case(entry.key);
    std::vector<std::string> names;
    for (const Member& each : type.members()) names.push_back(key_of(each));
    Nearest nearest(wanted);
    for (const std::string& name : names) nearest.offer(name);
    std::string message = "unknown key; ";
    if (!nearest.best().empty())
      message.append("did you mean ").append(in_quotes(nearest.best())).append("? ");
    report_.error(entry.key_place, join_path(path, entry.key), message + valid_keys(type));
  }

  bool sequence(const Type& type, void* out, Node& node, const std::string& path,
                const BindOptions& options) {
    if (node.is_list()) return elements(type, out, node.elements(), node, path, options);
    const Type* element = &type.element();
    while (element->kind() == Kind::optional) element = &element->element();
    if (node.is_scalar() && element->is_scalar()) {
      std::vector<Node> parts;
      std::string_view rest = node.text();
      while (!trim(rest).empty()) {
        const std::size_t comma = rest.find(',');
        parts.emplace_back(std::string(trim(rest.substr(0, comma))), node.plain(), node.place());
        if (node.secret()) parts.back().mark_secret();
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
      }
      return elements(type, out, parts, node, path, options);
    }
    if (element->kind() == Kind::sequence || (node.is_scalar() && element->kind() == Kind::object)) {
      return wrong_shape(type, node, path);
    }
    // One value stands for a list of one.
    clear(type, out);
    bool good = false;
    append(type, out, 0, [&](void* at) { good = value(type.element(), at, node, path, options); });
    return good;
  }

  static void clear(const Type& type, void* out) {
    if (type.sequence().clear != nullptr) type.sequence().clear(out);
  }

  // Fills one element more, or the one of that index where the number of elements is fixed.
  static void append(const Type& type, void* out, std::size_t index, FunctionRef<void(void*)> fill) {
    const SequenceOps& ops = type.sequence();
    if (ops.append != nullptr) {
      ops.append(out, fill);
    } else if (index < ops.fixed_size) {
      fill(static_cast<unsigned char*>(const_cast<void*>(ops.data(out))) + index * type.element().size());
    }
  }

  bool elements(const Type& type, void* out, std::vector<Node>& nodes, const Node& list,
                const std::string& path, const BindOptions& options) {
    const std::size_t fixed = type.sequence().fixed_size;
    if (fixed != 0 && nodes.size() != fixed) {
      report_.error(list.place(), path,
                    "expected " + std::to_string(fixed) + " elements, found " + std::to_string(nodes.size()));
      return false;
    }
    clear(type, out);
    bool good = true;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (list.secret()) nodes[i].mark_secret();
      append(type, out, i, [&](void* at) {
        good = value(type.element(), at, nodes[i], join_path(path, std::to_string(i)), options) && good;
      });
    }
    return good;
  }

  bool map(const Type& type, void* out, Node& node, const std::string& path) {
    if (!node.is_map()) return wrong_shape(type, node, path);
    type.map().clear(out);
    bool good = true;
    for (Node::Entry& entry : node.entries()) {
      if (node.secret() || is_secret_name(entry.key)) entry.value.mark_secret();
      void* const at = type.map().insert(out, entry.key);
      if (at == nullptr || entry.value.is_null()) continue;
      good = value(type.element(), at, entry.value, join_path(path, entry.key), {}) && good;
    }
    return good;
  }

  bool optional(const Type& type, void* out, Node& node, const std::string& path,
                const BindOptions& options) {
    const OptionalOps& ops = type.optional();
    if (node.is_null()) {
      ops.reset(out);
      return true;
    }
    if (value(type.element(), ops.emplace(out), node, path, options)) return true;
    ops.reset(out);
    return false;
  }

  // A map goes to the alternative that its "type" names; anything else to the first alternative that takes
  // it.
  bool variant(const Type& type, void* out, Node& node, const std::string& path) {
    const VariantOps& ops = type.variant();
    std::vector<std::size_t> objects;
    for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
      if (ops.alternatives[i]->kind() == Kind::object) objects.push_back(i);
    }
    if (node.is_map() && objects.size() == 1)
      return value(*ops.alternatives[objects[0]], ops.emplace(out, objects[0]), node, path, {});
    if (node.is_map() && !objects.empty()) return tagged(ops, objects, out, node, path);
    // Narrow alternatives first, so that "5" is a number where there is one, and a string only where there is
    // not.
    for (const bool narrow : {true, false}) {
      for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
        const Kind kind = ops.alternatives[i]->kind();
        if (narrow == (kind == Kind::string || kind == Kind::json || kind == Kind::object)) continue;
        Report tried;
        if (Binding(tried).value(*ops.alternatives[i], ops.emplace(out, i), node, path, {})) return true;
      }
    }
    std::vector<std::string> shapes;
    for (const Type* alternative : ops.alternatives) shapes.push_back(expected_shape(*alternative));
    report_.error(node.place(), path, "expected " + join(shapes, ", or "));
    return false;
  }

  bool tagged(const VariantOps& ops, const std::vector<std::size_t>& objects, void* out, Node& node,
              const std::string& path) {
    const Node::Entry* const tag = node.find(kVariantTag);
    std::vector<std::string> names;
    for (const std::size_t i : objects) {
      names.emplace_back(ops.alternatives[i]->name());
      if (tag == nullptr || !tag->value.is_scalar() || !same_name(tag->value.text(), names.back())) continue;
      return value(*ops.alternatives[i], ops.emplace(out, i), node, path,
                   {.without_effect = {}, .passed_over = {&kVariantTag, 1}});
    }
    report_.error(tag == nullptr ? node.place() : tag->value.place(), join_path(path, kVariantTag),
                  "expected one of " + list_or(names));
    return false;
  }

  Report& report_;
};

}  // namespace

bool bind(const Type& type, void* out, Node& node, const std::string& path, Report& report,
          const BindOptions& options) {
  if (node.is_null() && type.kind() != Kind::optional) return true;
  return Binding(report).value(type, out, node, path, options);
}

}  // namespace ngo::config
