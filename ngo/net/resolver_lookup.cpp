// How a name is looked for: the names that it may stand for, one after the other, each in both families.
#include <algorithm>
#include <array>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver_entry_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {

// A wait for news that also ends when what is there already should not be held back any longer.
class Resolver::State::Wait {
 public:
  Event news;
  bool patient = true;
  // The sooner of several holds.
  void arm(EventLoop& loop, Duration patience) {
    const TimePoint end = later(loop.now(), patience);
    if (!timer_.armed() || end < timer_.deadline()) loop.timers().arm(timer_, end);
  }

 private:
  void run_out() noexcept {
    patient = false;
    news.set();
  }
  CallbackTimer<Wait, &Wait::run_out> timer_{this};
};

std::vector<std::string> Resolver::State::candidates(const std::string& name, bool complete) {
  if (complete) return {name};
  DnsChannel& from = channel();
  std::vector<std::string> names;
  for (const std::string& domain : from.search()) {
    std::string whole = name;
    whole.append(".").append(domain);
    constexpr std::size_t kLongest = 253;
    if (whole.size() <= kLongest) names.push_back(std::move(whole));
  }
  const auto dots = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  names.insert(dots >= from.ndots() ? names.begin() : names.end(), name);
  return names;
}

// Looks for all parts; `on_part` is called for each as it is done. What is found waits for the rest only for
// a while, as many name servers swallow questions that they do not like.
Task<void> Resolver::State::gather(State& self, std::vector<Part>& parts, FunctionRef<void(Part&)> on_part) {
  constexpr Duration kForTheRest = std::chrono::milliseconds(500);
  Wait wait;
  std::size_t left = 0;
  bool found = false;
  for (Part& part : parts) {
    if (part.done) {
      found |= part.found == Found::yes;
      on_part(part);
      continue;
    }
    ++left;
    part.listener->news = &wait.news;
    if (part.listener->told) wait.news.set();  // by the query for another part
    if (self.can_serve_stale(*part.entry)) wait.arm(self.loop_, self.options_.stale_after);
  }
  while (left > 0) {
    if (found) wait.arm(self.loop_, kForTheRest);
    try {
      co_await wait.news.wait();
    } catch (const Error& error) {
      if (error.code() != Code::deadline_exceeded) throw;
      throw Error(error.code(), "the deadline has passed while " + self.asked() + " was asked for " +
                                    parts.front().entry->name);
    }
    wait.news.reset();
    for (Part& part : parts) {
      if (part.done) continue;
      const bool enough = !wait.patient && (found || self.can_serve_stale(*part.entry));
      if (!part.listener->told && !enough) continue;
      self.end(part);
      found |= part.found == Found::yes;
      --left;
      on_part(part);
    }
  }
}

Error Resolver::State::failure(const std::string& host, const std::vector<Part>& parts) const {
  const auto failed =
      std::find_if(parts.begin(), parts.end(), [](const Part& part) { return part.found == Found::failed; });
  const std::string servers = asked();
  return Error(Code::unavailable, "cannot look up \"" + host + "\": " + failed->entry->failure + " (asked " +
                                      servers + " for " + failed->entry->name + " " +
                                      std::string(to_string(failed->type)) + ")")
      .with("host", host)
      .with("dns.servers", servers);
}

Error Resolver::State::unknown(const std::string& host, const std::vector<std::string>& tried,
                               const char* what) const {
  std::string text = "\"" + host + "\" " + what;
  if (!tried.empty()) {
    text += " (asked " + asked() + " for ";
    for (std::size_t i = 0; i < tried.size(); ++i) text += (i == 0 ? "" : ", ") + tried[i];
    text += ")";
  }
  return Error(Code::not_found, std::move(text)).with("host", host);
}

Task<Resolved> Resolver::State::resolve(std::shared_ptr<State> self, std::string host, Family family,
                                        AddressSink* sink) {
  const auto tell = [sink](Family of, const std::vector<Address>& addresses) {
    if (sink != nullptr) sink->on_addresses(of, addresses);
  };
  bool complete = false;
  std::string name;
  const std::optional<Address> literal = literal_address(host);
  if (!literal) name = canonical_host_name(host, complete);
  if (std::optional<Resolved> known = self->without_asking(host, literal, name, family)) {
    for (Family each : {Family::ipv6, Family::ipv4}) tell(each, of_family(known->addresses, each));
    co_return std::move(*known);
  }

  const std::vector<std::string> names = self->candidates(name, complete);
  bool exists = false;
  for (const std::string& candidate : names) {
    std::vector<Part> parts;
    if (family != Family::ipv4) parts.emplace_back(RecordType::aaaa);
    if (family != Family::ipv6) parts.emplace_back(RecordType::a);
    for (Part& part : parts) self->begin(part, candidate);
    std::array<std::vector<Address>, 2> addresses;
    auto take = [&](Part& part) {
      const bool six = part.type == RecordType::aaaa;
      if (part.found == Found::yes) addresses[six ? 0 : 1] = part.entry->addresses();
      tell(six ? Family::ipv6 : Family::ipv4, addresses[six ? 0 : 1]);
    };
    co_await gather(*self, parts, take);

    Resolved resolved;
    resolved.name = candidate;
    resolved.ttl = Duration::max();
    bool failed = false;
    for (const Part& part : parts) {
      failed |= part.found == Found::failed;
      exists |= part.kind == DnsAnswer::Kind::no_data;
      if (part.found != Found::yes) continue;
      resolved.ttl = std::min(resolved.ttl, part.ttl);
      resolved.stale |= part.stale;
    }
    for (std::vector<Address>& each : addresses)
      resolved.addresses.insert(resolved.addresses.end(), each.begin(), each.end());
    if (!resolved.addresses.empty()) co_return resolved;
    // What comes later in the list may be somebody else's.
    if (failed) throw self->failure(host, parts);
  }
  throw self->unknown(host, names, exists ? "has no address of that family" : "is not known");
}

Task<ResolvedService> Resolver::State::resolve_service(std::shared_ptr<State> self, std::string text) {
  bool complete = false;
  const std::string name = canonical_host_name(text, complete);
  const std::vector<std::string> names = self->candidates(name, complete);
  bool exists = false;
  for (const std::string& candidate : names) {
    std::vector<Part> parts;
    parts.emplace_back(RecordType::srv);
    self->begin(parts[0], candidate);
    ResolvedService resolved;
    auto take = [&](Part& part) {
      if (part.found == Found::yes) resolved.services = part.entry->answer.services;
    };
    co_await gather(*self, parts, take);
    const Part& part = parts[0];
    if (part.found == Found::failed) throw self->failure(text, parts);
    exists |= part.kind == DnsAnswer::Kind::no_data;
    if (part.found == Found::no) continue;
    // A target of "." says that there is decidedly no such service.
    std::erase_if(resolved.services, [](const Service& service) { return service.host.empty(); });
    if (resolved.services.empty()) throw self->unknown(text, names, "is not offered here");
    order_services(resolved.services, [](std::uint32_t most) { return random_up_to(most); });
    resolved.name = candidate;
    resolved.ttl = part.ttl;
    resolved.stale = part.stale;
    co_return resolved;
  }
  throw self->unknown(text, names, exists ? "is no service" : "is not known");
}

}  // namespace ngo::net
