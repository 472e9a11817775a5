// The innards of a resolver: what is remembered, who waits for what, and when the servers are asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ngo/base/function_ref.hpp"
#include "ngo/base/intrusive_list.hpp"
#include "ngo/net/dns_channel_impl.hpp"
#include "ngo/net/dns_message_impl.hpp"
#include "ngo/net/hosts_file_impl.hpp"
#include "ngo/net/resolver.hpp"
#include "ngo/runtime/sync.hpp"

namespace ngo::net {

// Puts services into the order in which they are to be tried (RFC 2782): by priority, within one at random by
// weight. `random(n)` gives a number from 0 to n, both included.
void order_services(std::vector<Service>& services, FunctionRef<std::uint32_t(std::uint32_t)> random);

// The name in lower case and without a dot at its end; `complete` when it had one. Throws
// Error{invalid_argument} for what is no host name.
[[nodiscard]] std::string canonical_host_name(std::string_view text, bool& complete);

// The address that a text is ("127.0.0.1", "::1", "[::1]"), or nothing.
[[nodiscard]] std::optional<Address> literal_address(std::string_view host) noexcept;
[[nodiscard]] std::vector<Address> of_family(const std::vector<Address>& addresses, Family family);
[[nodiscard]] std::uint32_t random_up_to(std::uint32_t most);

// Whoever wants to begin with the addresses of one family before those of the other are there.
class AddressSink {
 public:
  virtual void on_addresses(Family family, const std::vector<Address>& addresses) noexcept = 0;

 protected:
  ~AddressSink() = default;
};

class Resolver::State {
 public:
  State(EventLoop& loop, DnsOptions options, OnWarning on_warning);

  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] const DnsOptions& options() const noexcept { return options_; }
  [[nodiscard]] Counts counts() const noexcept;

  // As Resolver::resolve(), and tells `sink` (null: nobody) of each family when it is there.
  static Task<Resolved> resolve(std::shared_ptr<State> self, std::string host, Family family,
                                AddressSink* sink);
  static Task<ResolvedService> resolve_service(std::shared_ptr<State> self, std::string name);

  void clear() noexcept;
  // Ends all that is under way; afterwards nothing is looked up any more.
  void close() noexcept;

 private:
  struct Entry;
  struct Listener;
  struct Part;
  class Wait;
  enum class Found : std::uint8_t { yes, no, failed };

  std::optional<Resolved> without_asking(const std::string& host, const std::optional<Address>& literal,
                                         const std::string& name, Family family);
  DnsChannel& channel();
  [[nodiscard]] std::string asked() const;
  std::vector<std::string> candidates(const std::string& name, bool complete);
  std::shared_ptr<Entry> entry(const std::string& name, RecordType type);
  void begin(Part& part, const std::string& name);
  void end(Part& part);
  static Task<void> gather(State& self, std::vector<Part>& parts, FunctionRef<void(Part&)> on_part);
  void start(const std::shared_ptr<Entry>& entry);
  void land(Entry& entry, std::span<const std::uint8_t> message, std::string_view failure) noexcept;
  void warn_of_stale(Entry& entry);
  [[nodiscard]] bool can_serve_stale(const Entry& entry) const noexcept;
  [[nodiscard]] Error failure(const std::string& host, const std::vector<Part>& parts) const;
  [[nodiscard]] Error unknown(const std::string& host, const std::vector<std::string>& tried,
                              const char* what) const;

  EventLoop& loop_;
  DnsOptions options_;
  OnWarning on_warning_;
  HostsFile hosts_;
  FileChange resolv_conf_;
  bool reload_ = false;
  bool closed_ = false;
  std::unordered_map<std::string, std::shared_ptr<Entry>> entries_;
  List<Entry> by_use_;  // the one not used for longest first
  Counts counts_;
  TimePoint warnings_since_{};
  unsigned warnings_ = 0;
  std::unique_ptr<DnsChannel> channel_;
};

}  // namespace ngo::net
