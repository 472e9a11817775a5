#include "ngo/runtime/pending_waits.hpp"

#include <cstring>

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {
namespace {

// The first word of a coroutine's frame, by the ABI that clang and g++ share: where it goes on.
const void* resumes_at(std::coroutine_handle<> handle) noexcept {
  const void* code = nullptr;
  if (handle) std::memcpy(static_cast<void*>(&code), handle.address(), sizeof code);
  return code;
}

}  // namespace

List<Context>& PendingWaits::roots() noexcept {
  static thread_local List<Context> list;
  return list;
}

std::size_t PendingWaits::collect(EventLoop& loop, std::size_t most, std::vector<PendingWait>& out) {
  std::size_t count = 0;
  const auto each = [&](Context& root) { visit(root, most, out, count); };
  roots().for_each(each);
  loop.detached_.for_each(each);  // these are in a list of their own
  return count;
}

void PendingWaits::visit(Context& context, std::size_t most, std::vector<PendingWait>& out,
                         std::size_t& count) {
  context.waits_.for_each([&](Waiter& waiter) {
    ++count;
    if (out.size() >= most) return;
    PendingWait wait;
    wait.kind = &typeid(waiter);
    wait.resumes = resumes_at(waiter.handle_);
    wait.work = context.work_;
    wait.since = waiter.since_;
    wait.deadline = context.deadline();
    wait.trace = context.trace();
    out.push_back(wait);
  });
  context.children_.for_each([&](Context& child) { visit(child, most, out, count); });
}

}  // namespace ngo
