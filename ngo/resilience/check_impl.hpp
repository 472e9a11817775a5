// Options that were filled by hand, by the rules that hold for those from a configuration as well.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/type.hpp"

namespace ngo::detail {

// Throws Error{invalid_argument} that lists all that is wrong; `what` says whose options these are.
template <class T>
void check_options(std::string_view what, const T& options) {
  Problems problems;
  check_all(type_of<T>(), &options, Path(), problems);
  if (!problems.empty()) throw Error(Code::invalid_argument, std::string(what) + ": " + to_string(problems));
}

}  // namespace ngo::detail
