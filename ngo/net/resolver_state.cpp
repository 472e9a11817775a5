#include <algorithm>
#include <array>
#include <cstring>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/net/resolver_impl.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {

// Somebody who waits for the answer that an entry is being asked for.
struct Resolver::State::Listener : Link<Listener> {
  Event* news = nullptr;
  bool told = false;
};

// What is known of one name and type.
struct Resolver::State::Entry : Link<Entry> {
  Entry(std::string its_name, RecordType its_type) : name(std::move(its_name)), type(its_type) {}

  const std::string name;
  const RecordType type;
  bool known = false;  // an answer is there, be it that there is nothing
  DnsAnswer answer;
  TimePoint expires{};
  TimePoint refresh{};  // from here on, use of it has it asked for again
  TimePoint stale_until{};
  std::string failure;  // why the last query gave nothing; empty when it did
  TimePoint retry{};    // after a failure: not to be asked for again before
  bool flying = false;  // being asked for
  bool warned = false;
  std::size_t turn = 0;  // which of the addresses is the first next time
  List<Listener> listeners;

  // The addresses take turns in being the first, as all who connect try that one.
  std::vector<Address> addresses() {
    std::vector<Address> rotated = answer.addresses;
    const auto first = static_cast<std::ptrdiff_t>(turn++ % rotated.size());
    std::rotate(rotated.begin(), rotated.begin() + first, rotated.end());
    return rotated;
  }
};

// One of the types that a name is asked for.
struct Resolver::State::Part {
  explicit Part(RecordType its_type) : type(its_type) {}

  RecordType type;
  std::shared_ptr<Entry> entry;
  std::unique_ptr<Listener> listener;
  bool asked = false;  // the answer was asked for after this look began
  bool done = false;
  // When done:
  Found found = Found::failed;
  DnsAnswer::Kind kind = DnsAnswer::Kind::failed;
  bool stale = false;
  Duration ttl{};
};

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

Resolver::State::State(EventLoop& loop, DnsOptions options, OnWarning on_warning)
    : loop_(loop),
      options_(std::move(options)),
      on_warning_(std::move(on_warning)),
      hosts_(options_.hosts_file),
      resolv_conf_(options_.resolv_conf) {
  if (std::string problem = options_.validate(); !problem.empty())
    throw Error(Code::invalid_argument, "dns: " + problem);
  (void)resolv_conf_.seen(loop_.now());
  channel_ = std::make_unique<DnsChannel>(loop_, options_);
}

Resolver::Counts Resolver::State::counts() const noexcept {
  Counts counts = counts_;
  counts.entries = entries_.size();
  return counts;
}

void Resolver::State::clear() noexcept {
  by_use_.clear();
  entries_.clear();
}

void Resolver::State::close() noexcept {
  closed_ = true;
  channel_.reset();
}

std::string Resolver::State::asked() const { return channel_ == nullptr ? "nobody" : channel_->servers(); }

// The channel, with what resolv.conf says now.
DnsChannel& Resolver::State::channel() {
  if (closed_) throw Error(Code::unavailable, "the resolver was closed");
  if (resolv_conf_.seen(loop_.now())) reload_ = true;
  if (reload_ && channel_->idle()) {
    channel_ = std::make_unique<DnsChannel>(loop_, options_);
    reload_ = false;
  }
  return *channel_;
}

std::vector<std::string> Resolver::State::candidates(const std::string& name, bool complete) {
  if (complete) return {name};
  DnsChannel& from = channel();
  std::vector<std::string> names;
  for (const std::string& domain : from.search()) {
    std::string whole = name + "." + domain;
    constexpr std::size_t kLongest = 253;
    if (whole.size() <= kLongest) names.push_back(std::move(whole));
  }
  const auto dots = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  names.insert(dots >= from.ndots() ? names.begin() : names.end(), name);
  return names;
}

std::shared_ptr<Resolver::State::Entry> Resolver::State::entry(const std::string& name, RecordType type) {
  std::string key = name;
  key += '/';
  key += to_string(type);
  std::shared_ptr<Entry>& place = entries_[key];
  if (place == nullptr) place = std::make_shared<Entry>(name, type);
  std::shared_ptr<Entry> found = place;
  found->unlink();
  by_use_.push_back(*found);
  while (entries_.size() > options_.max_entries) {
    const Entry& oldest = *by_use_.pop_front();
    entries_.erase(oldest.name + "/" + std::string(to_string(oldest.type)));
  }
  return found;
}

void Resolver::State::start(const std::shared_ptr<Entry>& entry) {
  DnsChannel& by = channel();
  entry->flying = true;
  ++counts_.queries;
  by.query(entry->name, entry->type,
           [this, entry](std::span<const std::uint8_t> message, std::string_view failure) {
             land(*entry, message, failure);
           });
}

void Resolver::State::land(Entry& entry, std::span<const std::uint8_t> message,
                           std::string_view failure) noexcept {
  const TimePoint now = loop_.now();
  DnsAnswer answer;
  if (failure.empty()) {
    answer = parse_dns_answer(message, entry.name, entry.type);
    failure = answer.problem;
  }
  entry.flying = false;
  if (answer.kind == DnsAnswer::Kind::failed) {
    ++counts_.failures;
    entry.failure = failure;
    entry.retry = later(now, options_.failure_ttl);
  } else {
    const bool positive = answer.positive();
    Duration ttl = std::max<Duration>(std::chrono::seconds(answer.ttl), options_.min_ttl);
    ttl = std::min<Duration>(ttl, positive ? options_.max_ttl : options_.max_negative_ttl);
    entry.known = true;
    entry.answer = std::move(answer);
    entry.expires = later(now, ttl);
    entry.refresh = later(now, ttl - ttl / 10);
    entry.stale_until = positive ? later(entry.expires, options_.stale_for) : entry.expires;
    entry.failure.clear();
    entry.warned = false;
  }
  while (Listener* listener = entry.listeners.pop_front()) {
    listener->told = true;
    if (listener->news != nullptr) listener->news->set();
  }
}

bool Resolver::State::can_serve_stale(const Entry& entry) const noexcept {
  return entry.known && entry.answer.positive() && loop_.now() < entry.stale_until;
}

// Begins to look for one type of a name: done at once when it is known, or when the servers failed just now.
void Resolver::State::begin(Part& part, const std::string& name) {
  part.entry = entry(name, part.type);
  Entry& entry = *part.entry;
  const TimePoint now = loop_.now();
  const bool fresh = entry.known && now < entry.expires;
  const bool may_ask = !entry.flying && (entry.failure.empty() || now >= entry.retry);
  if (fresh) ++counts_.hits;
  if (may_ask && (!fresh || now >= entry.refresh)) start(part.entry);
  part.asked = !fresh && may_ask;
  if (fresh || !entry.flying) {
    end(part);
    return;
  }
  part.listener = std::make_unique<Listener>();
  entry.listeners.push_back(*part.listener);
}

// Takes what the entry says now.
void Resolver::State::end(Part& part) {
  Entry& entry = *part.entry;
  const TimePoint now = loop_.now();
  // An answer whose time is over at once is good for those who waited for it.
  const bool came = entry.failure.empty() && (part.listener == nullptr ? part.asked : part.listener->told);
  part.done = true;
  part.listener.reset();
  if (entry.known && (now < entry.expires || came)) {
    part.kind = entry.answer.kind;
    part.found = entry.answer.positive() ? Found::yes : Found::no;
    part.ttl = std::max(entry.expires - now, Duration::zero());
  } else if (can_serve_stale(entry)) {
    ++counts_.stale;
    part.kind = entry.answer.kind;
    part.found = Found::yes;
    part.stale = true;
    warn_of_stale(entry);
  }
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

void Resolver::State::warn_of_stale(Entry& entry) {
  constexpr unsigned kMostWarnings = 10;
  constexpr Duration kWindow = std::chrono::minutes(1);
  if (entry.warned || !on_warning_) return;
  entry.warned = true;
  const TimePoint now = loop_.now();
  if (warnings_ == 0 || now - warnings_since_ >= kWindow) {
    warnings_since_ = now;
    warnings_ = 0;
  }
  if (++warnings_ > kMostWarnings) return;
  const auto seconds = [](Duration duration) {
    return format_duration(std::chrono::duration_cast<std::chrono::seconds>(duration));
  };
  on_warning_("no new answer for " + entry.name + " (" + std::string(to_string(entry.type)) + ") from " +
              asked() + ": " + (entry.failure.empty() ? "none yet" : entry.failure) +
              "; the old one, over for " + seconds(now - entry.expires) + ", serves for " +
              seconds(entry.stale_until - now) + " at most");
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
