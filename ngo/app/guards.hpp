// The parts of ngo/resilience that a process has, to be looked at and set by hand while it runs: HTTP clients
// and modules show theirs (Setup::guards()), a program its own (App::guard()), and the ops port lists them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ngo/app/owned_list.hpp"

namespace ngo {

class CircuitBreaker;
class ConcurrencyLimit;
class DeadlineBudget;
class Hedge;
class JsonValue;
class Retry;
class RetryBudget;

// One such part, by the name that who looks calls it by. It must stay as long as it is shown.
struct Guard {
  using Part =
      std::variant<CircuitBreaker*, RetryBudget*, Retry*, Hedge*, ConcurrencyLimit*, DeadlineBudget*>;

  template <class P>
  Guard(std::string its_name, P& its_part) : name(std::move(its_name)), part(&its_part) {}

  // "breaker", "retryBudget", "retry", "hedge", "limit", "deadlineBudget".
  [[nodiscard]] std::string_view kind() const noexcept;
  // Its name, state, counters and options. On a thread that has a loop.
  [[nodiscard]] JsonValue describe() const;
  // Changes those options (the rule of a breaker) that the object names. Throws Error{invalid_argument} that
  // says what is wrong; nothing has changed then.
  void set_options(const JsonValue& options) const;
  // Of a breaker: "open" refuses all calls and "closed" lets all pass, until "auto" lets it decide again,
  // with nothing counted. Throws Error{invalid_argument} for another part or word.
  void set_state(std::string_view state) const;

  std::string owner;  // the module that shows it; empty: the program
  std::string name;
  Part part;
};

namespace app {
using GuardRegistry = OwnedList<Guard>;
}

}  // namespace ngo
