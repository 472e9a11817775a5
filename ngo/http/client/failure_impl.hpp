// The limits of time of one attempt, and what a failure of it is called. For the sources of the client only.
#pragma once

#include "ngo/base/error.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::http {

// Makes a Context of its own the current one, whose deadline moves from phase to phase, for a block of a
// coroutine.
class CallLimits {
 public:
  explicit CallLimits(ClientExchange& x) : before_(&Context::current()), context_(*before_) {
    x.limits = &context_;
    CurrentContext::set(&context_);
  }
  CallLimits(const CallLimits&) = delete;
  CallLimits& operator=(const CallLimits&) = delete;
  ~CallLimits() {
    // A coroutine that is destroyed where it waits is not the one that runs.
    if (CurrentContext::get() == &context_) CurrentContext::set(before_);
  }

  // Whether the caller's own Context is over.
  [[nodiscard]] bool caller_ended() const noexcept {
    return before_->cancelled() || before_->remaining() == Duration::zero();
  }
  [[nodiscard]] bool timed_out() const noexcept { return context_.cause() == Code::deadline_exceeded; }

 private:
  Context* before_;
  Context context_;
};

// The failure as a sentence about the call: which limit of time was reached, what the connection said.
[[nodiscard]] Error explain(const ClientExchange& x, const Error& failure, const CallLimits& limits);

}  // namespace ngo::http
