// From the tree to a plain struct, by the struct's description. Names match in camelCase, kebab-case or
// snake_case, texts become numbers, bools, durations, sizes and enumerators, a single value stands for a list
// of one, and a text for a list is split at commas. Everything that is wrong goes to the report, with its
// place and what would have been right; what is not there keeps the struct's default.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ngo/base/type.hpp"
#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

struct BindOptions {
  // Keys of the outermost struct that are known, do nothing, and are reported as a warning.
  std::span<const std::string_view> without_effect;
  // Keys of the outermost struct that belong to whoever calls and are passed over.
  std::span<const std::string_view> passed_over;
};

// Sets the value of that type at `out` from the tree, and marks the nodes of its secret members. `path` is
// the key of `node`, for messages. Lists and maps in the struct are replaced, not added to. False when
// something was wrong; the value is then valid, and set as far as it was right.
bool bind(const Type& type, void* out, Node& node, const std::string& path, Report& report,
          const BindOptions& options = {});

template <class T>
bool bind(T& out, Node& node, const std::string& path, Report& report, const BindOptions& options = {}) {
  return config::bind(type_of<T>(), &out, node, path, report, options);
}

}  // namespace ngo::config
