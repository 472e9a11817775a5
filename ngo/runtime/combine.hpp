// Several tasks at once, and a task with a limit. What is started here has ended when the await ends: nothing
// runs on behind. The first failure, or the first winner, cancels the others, and they are waited for.
#pragma once

#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {
namespace detail {

// Counts children that run side by side under one Context and wakes the parent after the last one.
class Group final : public Waiter {
 public:
  Group() : children_(Context::current()) {}

  // Starts the task now. `on_end` is called when it has ended, and may cancel the group.
  template <class OnEnd>
  void start(Task<void> task, OnEnd on_end) {
    ++running_;
    CurrentContext restore(children_);
    drive(this, std::move(task), std::move(on_end));
  }
  [[nodiscard]] Context& children() noexcept { return children_; }

  // Awaiting a group waits for the end of all its children. It is not ended by cancellation itself: the
  // children are, and it then waits for them.
  [[nodiscard]] bool await_ready() const noexcept { return running_ == 0; }
  void await_suspend(std::coroutine_handle<> handle) noexcept { suspend_uncancellable(handle); }
  void await_resume() { finish(); }

 private:
  template <class OnEnd>
  static Root drive(Group* group, Task<void> task, OnEnd on_end) {
    {
      // Each has a Context to itself: what it sets there, such as its span, is nothing to the others.
      Context own(group->children_);
      CurrentContext::set(&own);
      co_await std::move(task);
      on_end();
      // The task's frame, with the arguments it holds, is gone before the parent goes on.
      task = Task<void>();
      CurrentContext::set(&group->children_);
    }
    if (--group->running_ == 0) group->wake();
  }

  Context children_;
  std::size_t running_ = 0;
};

template <class T>
using NonVoid = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
NonVoid<T> take_non_void(Outcome<T>& outcome) {
  if constexpr (std::is_void_v<T>) {
    outcome.take();
    return {};
  } else {
    return outcome.take();
  }
}

// Remembers which child ended first, by its number, and cancels the rest when that is wanted.
struct First {
  Group* group;
  std::size_t winner = kNone;
  static constexpr std::size_t kNone = ~std::size_t{0};

  void ended(std::size_t index, bool cancel_others) noexcept {
    if (!cancel_others || winner != kNone) return;
    winner = index;
    group->children().cancel();
  }
};

template <class... T, std::size_t... I>
Task<std::tuple<NonVoid<T>...>> when_all_of(std::index_sequence<I...>, Task<T>... tasks) {
  std::tuple<Outcome<T>...> outcomes;
  Group group;
  First failed{&group};
  ((failed.winner == First::kNone ? group.start(std::get<I>(outcomes).run(std::move(tasks)),
                                                [&failed, &outcome = std::get<I>(outcomes)] {
                                                  failed.ended(I, outcome.error != nullptr);
                                                })
                                  : void()),
   ...);
  co_await group;
  if (failed.winner != First::kNone) {
    ((I == failed.winner ? std::rethrow_exception(std::get<I>(outcomes).error) : void()), ...);
  }
  co_return std::tuple<NonVoid<T>...>(take_non_void(std::get<I>(outcomes))...);
}

template <class... T, std::size_t... I>
Task<std::variant<NonVoid<T>...>> when_any_of(std::index_sequence<I...>, Task<T>... tasks) {
  std::tuple<Outcome<T>...> outcomes;
  Group group;
  First first{&group};
  ((first.winner == First::kNone
        ? group.start(std::get<I>(outcomes).run(std::move(tasks)), [&first] { first.ended(I, true); })
        : void()),
   ...);
  co_await group;
  std::optional<std::variant<NonVoid<T>...>> result;
  ((I == first.winner ? void(result.emplace(std::in_place_index<I>, take_non_void(std::get<I>(outcomes))))
                      : void()),
   ...);
  co_return std::move(*result);
}

template <class T>
class [[nodiscard]] UnderContext {
 public:
  UnderContext(Task<T> task, Context& parent, TimePoint deadline)
      : task_(std::move(task)), context_(parent, deadline) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    before_ = &Context::current();
    CurrentContext::set(&context_);
    task_.handle().promise().continuation = awaiting;
    return task_.handle();
  }
  T await_resume() {
    CurrentContext::set(before_);
    return task_.handle().promise().take();
  }

 private:
  Task<T> task_;
  Context* before_ = nullptr;
  Context context_;
};

}  // namespace detail

// Runs all tasks side by side on this worker; the results in order (std::monostate for void). When one fails
// the others are cancelled and the first failure is thrown; those whose turn to begin had not come do not
// begin.
template <class... T>
[[nodiscard]] Task<std::tuple<detail::NonVoid<T>...>> when_all(Task<T>... tasks) {
  return detail::when_all_of(std::index_sequence_for<T...>(), std::move(tasks)...);
}

// The same for any number of tasks of one type.
template <class T>
[[nodiscard]] Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  std::vector<detail::Outcome<T>> outcomes(tasks.size());
  detail::Group group;
  detail::First failed{&group};
  for (std::size_t i = 0; i < tasks.size() && failed.winner == detail::First::kNone; ++i) {
    group.start(outcomes[i].run(std::move(tasks[i])),
                [&failed, &outcome = outcomes[i], i] { failed.ended(i, outcome.error != nullptr); });
  }
  co_await group;
  if (failed.winner != detail::First::kNone) std::rethrow_exception(outcomes[failed.winner].error);
  std::vector<T> results;
  results.reserve(outcomes.size());
  for (auto& outcome : outcomes) results.push_back(outcome.take());
  co_return results;
}

// The same for any number of tasks without a result.
[[nodiscard]] inline Task<void> when_all(std::vector<Task<void>> tasks) {
  std::vector<detail::Outcome<void>> outcomes(tasks.size());
  detail::Group group;
  detail::First failed{&group};
  for (std::size_t i = 0; i < tasks.size() && failed.winner == detail::First::kNone; ++i) {
    group.start(outcomes[i].run(std::move(tasks[i])),
                [&failed, &outcome = outcomes[i], i] { failed.ended(i, outcome.error != nullptr); });
  }
  co_await group;
  if (failed.winner != detail::First::kNone) std::rethrow_exception(outcomes[failed.winner].error);
}

// Runs all tasks side by side until the first has ended, cancels the others, waits for them, and gives back
// the result of the first, at its index. When the first one failed, its error is thrown. A task that ends
// without waiting wins before those behind it begin. What a loser had received is lost with it.
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] Task<std::variant<detail::NonVoid<T>...>> when_any(Task<T>... tasks) {
  return detail::when_any_of(std::index_sequence_for<T...>(), std::move(tasks)...);
}

// The task with a limit of its own: when `limit` has passed its pending wait ends with
// Error{deadline_exceeded}. A sooner deadline of the surrounding Context holds as well.
template <class T>
[[nodiscard]] detail::UnderContext<T> with_timeout(Duration limit, Task<T> task) {
  Context& current = Context::current();
  return detail::UnderContext<T>(std::move(task), current, later(EventLoop::current().now(), limit));
}

// Runs the task under a Context that the caller keeps, for example to cancel it later. The Context must live
// until the await has ended.
template <class T>
[[nodiscard]] detail::UnderContext<T> with_context(Context& context, Task<T> task) {
  return detail::UnderContext<T>(std::move(task), context, TimePoint::max());
}

}  // namespace ngo
