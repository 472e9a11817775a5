#include "ngo/runtime/context.hpp"

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/pending_waits.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {

constinit thread_local Context* detail::current_context = nullptr;

Context::Context(Context& parent, TimePoint deadline)
    : parent_(&parent),
      own_deadline_(deadline),
      deadline_(deadline < parent.deadline_ ? deadline : parent.deadline_),
      work_(parent.work_),
      cause_(parent.cause_) {
  parent.children_.push_back(*this);
  parent.list_root();
}

void Context::enlist() noexcept { PendingWaits::roots().push_back(*this); }

Context::~Context() { Timer::disarm(); }

Context& Context::thread_root() noexcept {
  static thread_local Context root;
  CurrentContext::set(&root);
  return root;
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

// The deadline that holds here, and then in all children, follows from the own one and the parent's.
void Context::derive_deadline() noexcept {
  const TimePoint above = parent_ == nullptr ? TimePoint::max() : parent_->deadline_;
  deadline_ = own_deadline_ < above ? own_deadline_ : above;
  children_.for_each([](Context& child) { child.derive_deadline(); });
  if (deadline_ != TimePoint::max() && !waits_.empty()) arm();
}

void Context::fire() noexcept { cancel(Code::deadline_exceeded); }

// Arms the one timer that ends the waits here: that of the Context which the deadline comes from.
void Context::arm() noexcept {
  Context* source = this;
  while (source->own_deadline_ != source->deadline_) source = source->parent_;
  if (!source->Timer::armed()) EventLoop::current().timers().arm(*source, source->deadline_);
}

void Context::add(Waiter& waiter) noexcept {
  list_root();
  waits_.push_back(waiter);
  if (deadline_ != TimePoint::max()) arm();
}

void Context::throw_cancelled() const {
  if (*cause_ == Code::deadline_exceeded) throw Error(*cause_, "the deadline has passed");
  throw Error(*cause_, "the work was cancelled");
}

}  // namespace ngo
