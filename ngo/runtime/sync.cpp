#include "ngo/runtime/sync.hpp"

namespace ngo {

Semaphore::Permit Semaphore::try_acquire(std::size_t count) noexcept {
  if (!waiting_.empty() || permits_ < count) return {};
  permits_ -= count;
  return Permit(this, count);
}

void Semaphore::give_back(std::size_t count) noexcept {
  permits_ += count;
  grant();
}

void Semaphore::grant() noexcept {
  while (!waiting_.empty()) {
    auto& first = static_cast<Awaiter&>(waiting_.front());
    if (first.count_ > permits_) return;
    permits_ -= first.count_;
    first.granted_ = true;
    first.wake();
  }
}

bool Semaphore::Awaiter::abandon() noexcept {
  // The one at the head may have held back others that now fit.
  Link<detail::InQueue>::unlink();
  semaphore_.grant();
  return true;
}

}  // namespace ngo
