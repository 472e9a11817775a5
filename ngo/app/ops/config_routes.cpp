// /ops/config: the configuration as it holds, what became of its last changes, and where it is from.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngo/app/live_config.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/timestamp.hpp"
#include "ngo/http/endpoint.hpp"

namespace ngo::app {
namespace {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

Time time_of(WallTime at) { return std::chrono::floor<std::chrono::milliseconds>(at); }

struct ValueBody {
  std::string key;
  std::string value;
  std::string source;
  std::vector<std::string> instead_of;
  std::string standard;
  std::string description;
  bool secret = false;
  bool live = false;
  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::rename<&ValueBody::standard>("default"),
                 ngo::omit_if_empty<&ValueBody::instead_of>(), ngo::omit_if_empty<&ValueBody::standard>(),
                 ngo::omit_if_empty<&ValueBody::description>());
};

struct ChangeBody {
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
  std::string source;
  std::string effect;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct OutcomeBody {
  std::uint64_t version = 0;
  Time at{};
  double milliseconds = 0;
  ReloadResult result{};
  std::vector<ChangeBody> changes;
  std::vector<std::string> problems;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct SourceBody {
  std::string address;
  std::string state;
  Time since{};
  std::optional<Time> read;
  std::string problem;
  std::uint64_t changes = 0;
  std::uint64_t failures = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::omit_if_empty<&SourceBody::problem>());
};

struct ConfigBody {
  std::uint64_t version = 0;
  bool watched = false;
  std::vector<std::string> files;
  std::vector<SourceBody> sources;
  std::vector<OutcomeBody> reloads;
  std::vector<ValueBody> values;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct ConfigQuery {
  std::string key;
};

OutcomeBody body_of(const ReloadOutcome& outcome) {
  OutcomeBody body;
  body.version = outcome.version;
  body.at = time_of(outcome.at);
  body.milliseconds = std::chrono::duration<double, std::milli>(outcome.took).count();
  body.result = outcome.result;
  body.problems = outcome.problems;
  for (const config::Change& each : outcome.changes) {
    ChangeBody& change = body.changes.emplace_back();
    change.key = each.key;
    if (each.was_set) change.before = each.before;
    if (each.is_set) change.after = each.after;
    change.source = each.source;
    change.effect = each.live ? "live" : "restart";
  }
  return body;
}

std::vector<ValueBody> values_of(const config::Tree& tree, const std::string& key) {
  std::vector<ValueBody> out;
  for (const config::Provenance& each : tree.provenance()) {
    if (!each.origin.key.starts_with(key)) continue;
    ValueBody& value = out.emplace_back();
    value.key = each.origin.key;
    value.value = each.origin.value;
    value.source = each.origin.source;
    value.instead_of = each.origin.shadows;
    value.standard = each.standard;
    value.description = each.description;
    value.secret = each.origin.secret;
    value.live = each.live;
  }
  return out;
}

ConfigBody body_of(const LiveConfig& config, const std::string& key) {
  ConfigBody body;
  body.version = config.version();
  body.watched = config.watches();
  body.files = config.tree().paths();
  for (const config::SourceStatus& each : config.sources().statuses()) {
    SourceBody& source = body.sources.emplace_back();
    source.address = each.address;
    source.state = each.up ? "up" : "down";
    source.since = time_of(each.since);
    if (each.read != WallTime()) source.read = time_of(each.read);
    source.problem = each.problem;
    source.changes = each.changes;
    source.failures = each.failures;
  }
  for (const ReloadOutcome& each : config.outcomes()) body.reloads.push_back(body_of(each));
  body.values = values_of(config.tree(), key);
  return body;
}

}  // namespace

void add_config(Routes& routes, LiveConfig& config) {
  routes.get("/ops/config", [&config](Query<ConfigQuery> query) { return body_of(config, query->key); });
  routes.post("/ops/config/reload", [&config]() -> Task<OutcomeBody> {
    const ReloadOutcome outcome = co_await config.reload();
    co_return body_of(outcome);
  });
}

}  // namespace ngo::app
