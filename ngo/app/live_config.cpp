#include "ngo/app/live_config.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

// Files that change while they are read are read again so often.
constexpr int kMostReads = 5;

log::Logger& logger() { return log::get("config"); }

void tell_turn(const config::SourceStatus& status) {
  if (!status.up) {
    logger().warn("the source {} is down: {}; what it gave last stays", status.address, status.problem);
  } else if (!status.problem.empty()) {
    logger().warn("the source {}: {}", status.address, status.problem);
  } else {
    logger().info("the source {} is up again", status.address);
  }
}

std::vector<std::string> sections_of(const std::vector<config::Change>& changes) {
  std::vector<std::string> out;
  for (const config::Change& each : changes) {
    std::string section = each.key.substr(0, each.key.find('.'));
    if (std::find(out.begin(), out.end(), section) == out.end()) out.push_back(std::move(section));
  }
  return out;
}

std::string_view name_of(ReloadResult result) {
  switch (result) {
    case ReloadResult::unchanged: return "unchanged";
    case ReloadResult::applied: return "applied";
    case ReloadResult::refused: return "refused";
    case ReloadResult::failed: break;
  }
  return "failed";
}

}  // namespace

LiveConfig::LiveConfig(Host host) : host_(std::move(host)) {}
LiveConfig::~LiveConfig() = default;

Task<void> LiveConfig::watch() {
  files_ = std::make_unique<config::FileWatch>();
  files_->watch(host_.tree->paths());
  // What happened between the start's reading and now.
  static_cast<void>(co_await take());
  co_await Scope::run([this](Scope& scope) -> Task<void> {
    scope.spawn(watch_files());
    scope.spawn(watch_sources());
    co_await host_.sources->follow([this] { news_.set(); }, &tell_turn);
  });
}

Task<void> LiveConfig::watch_files() {
  while (true) {
    co_await files_->changed();
    static_cast<void>(co_await take());
  }
}

Task<void> LiveConfig::watch_sources() {
  while (true) {
    co_await news_.wait();
    news_.reset();
    static_cast<void>(co_await take());
  }
}

Task<ReloadOutcome> LiveConfig::reload() {
  co_await host_.sources->read_again(&tell_turn);
  co_return co_await take();
}

Task<ReloadOutcome> LiveConfig::take() {
  const Mutex::Lock lock = co_await reloads_.lock();
  const EventLoop& loop = EventLoop::current();
  const TimePoint began = loop.clock().now();
  ReloadOutcome outcome;
  outcome.at = loop.wall();
  config::Tree next;
  config::Report report;
  try {
    if (co_await load(next, report)) {
      check_emptied(next, report);
      if (report.empty()) host_.bind(next, report);
      if (report.empty()) {
        outcome.changes = config::changes_between(host_.tree->root(), next.root(), next.known());
        if (!outcome.changes.empty()) co_await host_.prepare(sections_of(outcome.changes), report);
      }
    } else {
      report.error({}, {}, "the files are being written, again and again");
    }
  } catch (const std::exception& error) {
    Context::current().check();
    report.error({}, {}, error.what());
  }
  if (!report.empty()) {
    outcome.result = ReloadResult::refused;
    for (const config::Finding& each : report.errors()) outcome.problems.push_back(each.to_string());
  } else {
    co_await make_hold(std::move(next), outcome);
    if (outcome.result == ReloadResult::applied) {
      for (const config::Finding& each : report.warnings()) logger().warn("{}", each.to_string());
    }
  }
  outcome.version = version_;
  outcome.took = loop.clock().now() - began;
  tell(outcome);
  co_return outcome;
}

Task<bool> LiveConfig::load(config::Tree& next, config::Report& report) {
  if (!files_) {
    next = host_.load(report);
    co_return true;
  }
  for (int reads = 0; reads < kMostReads; ++reads) {
    report = config::Report();
    files_->see();
    next = host_.load(report);
    std::vector<std::string> paths = next.paths();
    // While there are mistakes it may also be a file of the good state that corrects them.
    if (!report.empty()) {
      for (const std::string& each : host_.tree->paths()) {
        if (std::find(paths.begin(), paths.end(), each) == paths.end()) paths.push_back(each);
      }
    }
    // What is new was not watched while it was read.
    const bool is_more = files_->watch(paths);
    if (!is_more && files_->is_as_seen()) co_return true;
    if (!is_more) co_await sleep(config::FileWatch::kQuiet);
  }
  co_return false;
}

void LiveConfig::check_emptied(const config::Tree& next, config::Report& report) const {
  for (const std::string& path : next.blank_files()) {
    const auto& before = host_.tree->blank_files();
    const auto& known = host_.tree->paths();
    if (std::find(before.begin(), before.end(), path) != before.end()) continue;
    if (std::find(known.begin(), known.end(), path) == known.end()) continue;
    report.error({config::source_name(path), 0, 0}, {},
                 "has become empty, as a file does that is about to be written; if nothing is what it should "
                 "say, write a comment into it");
  }
}

Task<void> LiveConfig::make_hold(config::Tree next, ReloadOutcome& outcome) {
  if (outcome.changes.empty()) {
    *host_.tree = std::move(next);  // lines and columns may have changed
    co_return;
  }
  try {
    co_await host_.apply(sections_of(outcome.changes));
    *host_.tree = std::move(next);
    outcome.result = ReloadResult::applied;
    ++version_;
  } catch (const std::exception& error) {
    Context::current().check();  // the service stops
    outcome.result = ReloadResult::failed;
    outcome.problems.emplace_back(error.what());
  }
}

void LiveConfig::tell(ReloadOutcome outcome) {
  if (host_.metrics != nullptr) {
    host_.metrics->counter("ngo.config.reloads", "{reload}", "how often the configuration was read anew")
        .with({{"ngo.config.result", name_of(outcome.result)}})
        .add();
  }
  if (outcome.result == ReloadResult::unchanged) {
    if (!std::exchange(told_, {}).empty()) logger().info("the configuration is good again, as it was");
    return;
  }
  std::string problems;
  for (const std::string& each : outcome.problems) problems.append("\n").append(each);
  if (outcome.result == ReloadResult::applied) {
    told_.clear();
    logger().info("the configuration has changed, version {}: {}", outcome.version,
                  config::to_string(outcome.changes));
  } else if (problems != told_) {
    told_ = problems;
    logger().error("the new configuration was {}; the last good one, version {}, stays:{}",
                   outcome.result == ReloadResult::refused ? "not taken" : "taken back", outcome.version,
                   problems);
  } else {
    return;
  }
  outcomes_.push_front(std::move(outcome));
  if (outcomes_.size() > kRemembered) outcomes_.pop_back();
}

}  // namespace ngo::app
