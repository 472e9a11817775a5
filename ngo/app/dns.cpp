#include "ngo/app/dns.hpp"

#include "ngo/log/log.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo {

Task<std::unique_ptr<Dns>> Dns::open(Options options, Setup& setup) {
  co_return std::make_unique<Dns>(std::move(options), setup.workers());
}

Dns::Dns(Options options, Workers* workers)
    : options_(std::move(options)),
      workers_(workers),
      resolvers_(workers == nullptr ? 1 : workers->size() + 1) {}

Dns::~Dns() = default;

net::Resolver& Dns::here() {
  // The last is that of the supervisor's loop.
  std::unique_ptr<net::Resolver>& resolver =
      resolvers_[workers_ == nullptr ? 0 : Workers::current_index().value_or(workers_->size())];
  if (resolver == nullptr) {
    resolver = std::make_unique<net::Resolver>(
        EventLoop::current(), options_, [](const std::string& text) { log::get("dns").warn("{}", text); });
  }
  return *resolver;
}

Task<void> Dns::close() {
  for (std::size_t i = 0; workers_ != nullptr && i < workers_->size(); ++i) {
    auto end = [this, i]() -> Task<void> {
      resolvers_[i].reset();
      co_return;
    };
    co_await run_on(workers_->loop(i), end);
  }
  resolvers_.back().reset();
}

}  // namespace ngo
