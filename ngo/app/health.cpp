#include "ngo/app/health.hpp"

#include <algorithm>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {

std::string_view to_string(HealthStatus status) noexcept {
  switch (status) {
    case HealthStatus::up: return "UP";
    case HealthStatus::out_of_service: return "OUT_OF_SERVICE";
    case HealthStatus::down: return "DOWN";
    case HealthStatus::unknown: break;
  }
  return "UNKNOWN";
}

struct HealthRegistry::Entry {
  std::string name;
  HealthIndicator indicator;
  bool for_readiness = false;
  // Guarded by mutex_:
  Health shown = Health(HealthStatus::unknown, "not checked yet");
  TimePoint checked_at{};
  bool checked = false;
  std::int64_t took_ms = 0;
  // Of the loop alone:
  std::uint32_t failures = 0;
  std::uint32_t successes = 0;
};

HealthRegistry::HealthRegistry(HealthOptions options, Clock& clock) : options_(options), clock_(clock) {}
HealthRegistry::~HealthRegistry() = default;

void HealthRegistry::add(std::string name, HealthIndicator indicator, bool for_readiness) {
  auto entry = std::make_unique<Entry>();
  entry->name = std::move(name);
  entry->indicator = std::move(indicator);
  entry->for_readiness = for_readiness;
  entries_.push_back(std::move(entry));
}

Task<void> HealthRegistry::run(OnChange on_change) {
  on_change_ = std::move(on_change);
  auto body = [this](Scope& scope) -> Task<void> {
    for (auto& entry : entries_) scope.spawn(watch(*entry));
    co_return;
  };
  co_await Scope::run(body);
}

Task<void> HealthRegistry::refresh() {
  auto body = [this](Scope& scope) -> Task<void> {
    for (auto& entry : entries_) scope.spawn(check(*entry));
    co_return;
  };
  co_await Scope::run(body);
}

Task<void> HealthRegistry::watch(Entry& entry) {
  // A tenth of jitter, so that the copies of a service do not ask a database in step.
  for (;;) {
    co_await check(entry);
    Duration tenth = Duration(options_.interval) / 10;
    auto jitter = static_cast<std::int64_t>(random_below(static_cast<std::uint64_t>(tenth.count()) * 2 + 1));
    co_await sleep(options_.interval - tenth + Duration(jitter));
  }
}

Task<void> HealthRegistry::check(Entry& entry) {
  const TimePoint began = clock_.now();
  Health found;
  try {
    found = co_await with_timeout(options_.timeout, entry.indicator());
  } catch (const Error& error) {
    Context::current().check();  // the registry itself is being stopped
    found = error.code() == Code::deadline_exceeded
                ? Health::down("no answer within " + std::to_string(options_.timeout.count()) + " ms")
                : Health::down(error.message());
  } catch (const std::exception& error) {
    found = Health::down(error.what());
  }
  auto took = clock_.now() - began;
  take(entry, std::move(found), std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

void HealthRegistry::take(Entry& entry, Health found, std::int64_t took_ms) {
  const bool good = found.status == HealthStatus::up;
  entry.failures = good ? 0 : entry.failures + 1;
  entry.successes = good ? entry.successes + 1 : 0;
  std::string reason = found.reason;
  HealthStatus changed_to{};
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    HealthStatus before = entry.shown.status;
    bool flips =
        good ? entry.successes >= options_.successes_to_up : entry.failures >= options_.failures_to_down;
    // The first result counts as it is; later ones must last.
    if (flips || !entry.checked || before == found.status) {
      entry.shown = std::move(found);
      changed = before != entry.shown.status;
      changed_to = entry.shown.status;
    }
    entry.checked = true;
    entry.checked_at = clock_.now();
    entry.took_ms = took_ms;
  }
  if (changed && on_change_) on_change_(entry.name, changed_to, reason);
}

bool HealthRegistry::alive() const { return !alive_ || alive_(); }

bool HealthRegistry::ready() const {
  if (!online()) return false;
  std::lock_guard lock(mutex_);
  return std::none_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry->for_readiness &&
           (entry->shown.status == HealthStatus::down || entry->shown.status == HealthStatus::out_of_service);
  });
}

std::vector<HealthRegistry::Component> HealthRegistry::components() const {
  const TimePoint now = clock_.now();
  std::vector<Component> all;
  std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    Component component{entry->name, entry->shown, entry->for_readiness, -1, entry->took_ms};
    if (entry->checked) {
      auto age = now - entry->checked_at;
      component.age_ms = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
      if (age > 3 * options_.interval + options_.timeout) {
        component.health = Health(HealthStatus::unknown, "the last check is too old");
      }
    }
    all.push_back(std::move(component));
  }
  return all;
}

HealthStatus HealthRegistry::status() const {
  HealthStatus worst = HealthStatus::up;
  for (const Component& component : components()) {
    if (component.health.status == HealthStatus::down) return HealthStatus::down;
    if (component.health.status == HealthStatus::out_of_service) worst = HealthStatus::out_of_service;
  }
  return worst;
}

}  // namespace ngo
