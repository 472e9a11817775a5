#include "ngo/net/resolver.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver_impl.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {

Resolver::Resolver(EventLoop& loop, DnsOptions options, OnWarning on_warning)
    : state_(std::make_shared<State>(loop, std::move(options), std::move(on_warning))) {}

Resolver::~Resolver() { state_->close(); }

Task<Resolved> Resolver::resolve(std::string_view host, Family family) {
  return State::resolve(state_, std::string(host), family, nullptr);
}

Task<ResolvedService> Resolver::resolve_service(std::string_view name) {
  return State::resolve_service(state_, std::string(name));
}

void Resolver::clear() noexcept { state_->clear(); }
Resolver::Counts Resolver::counts() const noexcept { return state_->counts(); }

// A coroutine of its own, destroyed with the watch wherever it waits.
struct Resolver::Watch::State : std::enable_shared_from_this<State> {
  State(std::shared_ptr<Resolver::State> its_resolver, std::string its_host, Family its_family,
        std::vector<Address> its_known, std::function<void(const Resolved&)> its_on_change)
      : resolver(std::move(its_resolver)),
        host(std::move(its_host)),
        family(its_family),
        known(std::move(its_known)),
        on_change(std::move(its_on_change)) {}

  void start() {
    CurrentContext scope(context);
    work = run(*this);
    work.handle().promise().continuation = std::noop_coroutine();
    work.handle().resume();
  }

  static Task<void> run(State& self) {
    constexpr Duration kShortest = std::chrono::seconds(1);
    for (;;) {
      Duration pause = kShortest;
      try {
        Resolved now = co_await Resolver::State::resolve(self.resolver, self.host, self.family, nullptr);
        // A little before its time is over: then it is asked for again while the old answer still serves.
        if (!now.stale) pause = std::max(pause, now.ttl - now.ttl / 10);
        self.compare(std::move(now));
      } catch (const Error&) {
        // No answer is no change.
      }
      co_await sleep(pause);
    }
  }

  void compare(Resolved now) {
    const bool same = now.addresses.size() == known.size() &&
                      std::is_permutation(now.addresses.begin(), now.addresses.end(), known.begin());
    if (same) return;
    known = now.addresses;
    // Not from inside of the coroutine, which the callback may destroy.
    resolver->loop().post([weak = weak_from_this(), answer = std::move(now)] {
      if (std::shared_ptr<State> self = weak.lock()) self->on_change(answer);
    });
  }

  std::shared_ptr<Resolver::State> resolver;
  std::string host;
  Family family;
  std::vector<Address> known;
  std::function<void(const Resolved&)> on_change;
  Context context;
  Task<void> work;
};

Resolver::Watch Resolver::watch(std::string_view host, Family family, std::vector<Address> known,
                                std::function<void(const Resolved&)> on_change) {
  Watch watch;
  watch.state_ = std::make_shared<Watch::State>(state_, std::string(host), family, std::move(known),
                                                std::move(on_change));
  watch.state_->start();
  return watch;
}

}  // namespace ngo::net
