// What a function that returns a Task brings.
#pragma once

#include <type_traits>

#include "ngo/runtime/task.hpp"

namespace ngo::detail {

template <class T>
struct TaskValue;
template <class T>
struct TaskValue<Task<T>> {
  using Type = T;
};
template <class F, class... Args>
using TaskValueOf = typename TaskValue<std::invoke_result_t<F&, Args...>>::Type;

}  // namespace ngo::detail
