#include <algorithm>

#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/net/resolver_entry_impl.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {

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

}  // namespace ngo::net
