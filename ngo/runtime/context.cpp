#include "ngo/runtime/context.hpp"

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {
namespace {

constinit thread_local Context* current_context = nullptr;

}  // namespace

Context::Context(Context& parent, TimePoint deadline)
    : parent_(&parent),
      deadline_(deadline < parent.deadline_ ? deadline : parent.deadline_),
      own_deadline_(deadline < parent.deadline_),
      cause_(parent.cause_) {
  parent.children_.push_back(*this);
}

Context::~Context() { Timer::disarm(); }

Context& Context::current() noexcept {
  if (current_context == nullptr) [[unlikely]] {
    static thread_local Context root;
    current_context = &root;
  }
  return *current_context;
}

std::optional<TimePoint> Context::deadline() const noexcept {
  if (deadline_ == TimePoint::max()) return std::nullopt;
  return deadline_;
}

std::optional<Duration> Context::remaining() const noexcept {
  if (deadline_ == TimePoint::max()) return std::nullopt;
  Duration left = deadline_ - EventLoop::current().now();
  return left < Duration::zero() ? Duration::zero() : left;
}

void Context::cancel(Code cause) noexcept {
  if (cause_) return;
  cause_ = cause;
  Timer::disarm();
  // A wait that ends is only put into the loop's run queue, so neither list changes under our feet.
  while (Waiter* waiter = waits_.pop_front()) waiter->cancel();
  children_.for_each([&](Context& child) { child.cancel(cause); });
}

void Context::add_log_field(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

TraceIdentity Context::trace() const noexcept {
  for (const Context* at = this; at != nullptr; at = at->parent_) {
    if (at->trace_.valid()) return at->trace_;
  }
  return {};
}

void Context::set_deadline(TimePoint deadline) noexcept {
  Timer::disarm();
  own_deadline_ = parent_ == nullptr || deadline < parent_->deadline_;
  deadline_ = own_deadline_ ? deadline : parent_->deadline_;
  if (!waits_.empty()) arm();
}

void Context::reset() noexcept {
  Timer::disarm();
  deadline_ = TimePoint::max();
  own_deadline_ = false;
  cause_.reset();
  trace_ = {};
  fields_.clear();
}

void Context::fire() noexcept { cancel(Code::deadline_exceeded); }

void Context::arm() noexcept {
  for (Context* at = this; at != nullptr; at = at->parent_) {
    if (at->own_deadline_ && !at->Timer::armed() && at->deadline_ != TimePoint::max()) {
      EventLoop::current().timers().arm(*at, at->deadline_);
    }
  }
}

void Context::add(Waiter& waiter) noexcept {
  waits_.push_back(waiter);
  if (deadline_ != TimePoint::max()) arm();
}

void Context::throw_cancelled() const {
  if (*cause_ == Code::deadline_exceeded) throw Error(*cause_, "the deadline has passed");
  throw Error(*cause_, "the work was cancelled");
}

CurrentContext::CurrentContext(Context& context) noexcept : before_(get()) { set(&context); }
CurrentContext::~CurrentContext() { set(before_); }
void CurrentContext::set(Context* context) noexcept { current_context = context; }
Context* CurrentContext::get() noexcept { return current_context; }

}  // namespace ngo
