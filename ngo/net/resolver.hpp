// From names to addresses (DNS by c-ares, the hosts file, search domains), without ever holding the worker:
// answers are kept for their time, several who ask for one name at once share one query, names in use are
// asked for again shortly before their time is over, and when the servers fail old answers serve for a while.
//
// A resolver belongs to one loop; every worker has its own. Whoever waits may be cancelled, or have a
// deadline, without harm to others who wait for the same name. docs/dns.md says what happens when.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/net/address.hpp"
#include "ngo/net/dns_options.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {
class EventLoop;
}

namespace ngo::net {

enum class Family : std::uint8_t { any, ipv4, ipv6 };

// The addresses of a name.
struct Resolved {
  std::string name;                // what was found, after the search list; a literal address as it is
  std::vector<Address> addresses;  // at least one; port 0; IPv6 first; within a family they take turns
  Duration ttl{};                  // how long it is still good for
  bool stale = false;              // beyond its time: the servers fail (RFC 8767)
};

// One of the servers of a service (an SRV record).
struct Service {
  std::string host;
  std::uint16_t port = 0;
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
};

struct ResolvedService {
  std::string name;
  std::vector<Service> services;  // at least one, in the order to try them (RFC 2782)
  Duration ttl{};
  bool stale = false;
};

class Resolver {
 public:
  // Told when an old answer begins to serve, once for each name until it is answered again, and of no more
  // than ten names a minute. Must not throw.
  using OnWarning = std::function<void(const std::string& text)>;

  // The loop must outlive the resolver, and what it began ends there. Throws Error{invalid_argument} for
  // options that are wrong.
  explicit Resolver(EventLoop& loop, DnsOptions options = {}, OnWarning on_warning = {});
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  // Whoever still waits gets Error{unavailable}.
  ~Resolver();

  // The addresses of `host`: a literal ("127.0.0.1", "[::1]"), localhost (RFC 6761), a name from the hosts
  // file, or one that the servers know; with a dot at its end it is complete, otherwise the search domains
  // are tried. When any family will do, one that is found waits half a second for the other. Throws
  // Error{invalid_argument} for what is no name, {not_found} when there is no such name or it has no address
  // of that family, and {unavailable} when the servers fail and no old answer is there.
  [[nodiscard]] Task<Resolved> resolve(std::string_view host, Family family = Family::any);

  // The servers of a service, for example "_ldap._tcp.example.com", by priority and then at random by weight.
  // Throws as resolve().
  [[nodiscard]] Task<ResolvedService> resolve_service(std::string_view name);

  // Keeps a name fresh and tells when its addresses are others than before, until it is destroyed.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&&) noexcept = default;

   private:
    friend class Resolver;
    struct State;
    std::shared_ptr<State> state_;
  };
  // `on_change` is called on this loop with the first answer that differs from `known` (when `known` is
  // empty: with the first answer) and then with every one that differs from the one before. It must not
  // throw; it may drop the watch. A name that cannot be looked up changes nothing.
  [[nodiscard]] Watch watch(std::string_view host, Family family, std::vector<Address> known,
                            std::function<void(const Resolved&)> on_change);

  // Forgets all answers.
  void clear() noexcept;

  struct Counts {
    std::uint64_t hits = 0;      // answered from memory
    std::uint64_t queries = 0;   // sent to the servers
    std::uint64_t failures = 0;  // queries without a usable answer
    std::uint64_t stale = 0;     // old answers given
    std::size_t entries = 0;     // answers remembered now
  };
  [[nodiscard]] Counts counts() const noexcept;

  class State;
  // For connect().
  [[nodiscard]] const std::shared_ptr<State>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace ngo::net
