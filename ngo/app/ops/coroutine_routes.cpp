#include "ngo/app/ops/coroutine_routes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/symbol_names.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/runtime/ask_loops.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo::app {
namespace {

struct CoroutinesQuery {
  std::uint32_t limit = 500;
  static constexpr auto rules = ngo::rules(ngo::range<&CoroutinesQuery::limit>(1, 10'000));
};

// What one loop knows.
struct Part {
  std::vector<PendingWait> waits;
  std::size_t total = 0;
  TimePoint now{};
};
using Parts = std::vector<std::optional<Part>>;

// Each address and type once: finding a symbol reads files.
class Names {
 public:
  const std::string& function(const void* code) {
    const auto [entry, is_new] = functions_.try_emplace(code);
    if (is_new) entry->second = function_name_at(code);
    return entry->second;
  }
  const std::string& type(const std::type_info& kind) {
    const auto [entry, is_new] = types_.try_emplace(&kind);
    if (is_new) entry->second = readable_name(kind);
    return entry->second;
  }

 private:
  std::map<const void*, std::string> functions_;
  std::map<const std::type_info*, std::string> types_;
};

// The last part is the supervisor's.
Waits named(const Parts& parts, std::size_t most) {
  Waits out;
  Names names;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string worker = i + 1 == parts.size() ? "supervisor" : std::to_string(i);
    if (!parts[i]) {
      out.silent.push_back(worker);
      continue;
    }
    const Part& part = *parts[i];
    out.total += part.total;
    for (const PendingWait& each : part.waits) {
      NamedWait wait;
      wait.worker = worker;
      wait.type = names.type(*each.kind);
      wait.waits_for = wait_word(wait.type);
      wait.function = names.function(each.resumes);
      if (each.work != nullptr) wait.work = each.work;
      if (each.trace.valid()) wait.trace = each.trace.trace.to_string();
      wait.age = std::max(part.now - each.since, Duration::zero());
      if (each.deadline) wait.left = *each.deadline - part.now;
      out.waits.push_back(std::move(wait));
    }
  }
  std::sort(out.waits.begin(), out.waits.end(), [](const auto& a, const auto& b) { return a.age > b.age; });
  if (out.waits.size() > most) out.waits.resize(most);
  return out;
}

std::int64_t milliseconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

JsonValue json_of(const NamedWait& wait) {
  JsonValue one;
  one["worker"] = wait.worker;
  one["waitsFor"] = wait.waits_for;
  one["ageMs"] = milliseconds(wait.age);
  if (wait.left) one["deadlineInMs"] = milliseconds(*wait.left);
  if (!wait.work.empty()) one["work"] = wait.work;
  if (!wait.trace.empty()) one["trace"] = wait.trace;
  one["function"] = wait.function;
  one["type"] = wait.type;
  return one;
}

JsonValue json_of(const Waits& waits) {
  JsonValue body;
  body["total"] = waits.total;
  body["silentWorkers"] = JsonValue::array();
  for (const std::string& worker : waits.silent) body["silentWorkers"].push_back(worker);
  body["coroutines"] = JsonValue::array();
  for (const NamedWait& each : waits.waits) body["coroutines"].push_back(json_of(each));
  return body;
}

JsonValue json_of(const BlockedWorkers& blocked) {
  JsonValue body = JsonValue::array();
  for (const BlockedWorkers::Block& block : blocked.blocks()) {
    JsonValue one;
    one["time"] = iso_time(block.found);
    one["worker"] = block.worker;
    one["work"] = block.work;
    one["heldMs"] = milliseconds(block.held_for);
    one["ended"] = block.ended;
    one["stack"] = JsonValue::array();
    for (const std::string& frame : block.stack) one["stack"].push_back(frame);
    body.push_back(std::move(one));
  }
  return body;
}

Response not_stored(const JsonValue& value) {
  Response response = Response::json(value);
  response.header("Cache-Control", "no-store");
  return response;
}

}  // namespace

void BlockedWorkers::add(const Watchdog::Report& report) {
  const std::lock_guard lock(mutex_);
  const std::string work = report.work == nullptr ? "" : report.work;
  if (report.ended) {
    for (auto block = kept_.rbegin(); block != kept_.rend(); ++block) {
      if (block->worker != report.worker || block->ended || block->work != work) continue;
      block->ended = true;
      block->held_for = report.held_for;
      return;
    }
  }
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back(
      {std::chrono::system_clock::now(), report.worker, work, report.held_for, report.ended, report.stack});
}

std::vector<BlockedWorkers::Block> BlockedWorkers::blocks() const {
  const std::lock_guard lock(mutex_);
  return {kept_.rbegin(), kept_.rend()};
}

std::string wait_word(std::string_view type) {
  struct Word {
    std::string_view type;
    std::string_view word;
  };
  static constexpr Word kWords[] = {
      {"ngo::detail::SleepAwaiter", "sleep"},
      {"ngo::detail::YieldAwaiter", "yield"},
      {"ngo::detail::BlockingAwaiter<", "blocking"},
      {"ngo::detail::RunOnAwaiter<", "run_on"},
      {"ngo::Event::", "event"},
      {"ngo::Semaphore::", "semaphore"},
      {"ngo::Mutex::", "mutex"},
      {"ngo::Channel<", "channel"},
      {"ngo::net::Stream::", "socket"},
      {"ngo::net::detail::PoolShard::", "connection of a pool"},
      {"ngo::detail::Group", "children"},
  };
  for (const Word& each : kWords) {
    if (type.starts_with(each.type)) return std::string(each.word);
  }
  const std::string_view plain = type.substr(0, type.find('<'));
  const std::size_t scope = plain.rfind("::");
  return std::string(scope == std::string_view::npos ? plain : plain.substr(scope + 2));
}

Task<Waits> all_waits(Workers& workers, std::size_t most) {
  std::vector<EventLoop*> loops;
  loops.reserve(workers.size() + 1);
  for (std::size_t i = 0; i < workers.size(); ++i) loops.push_back(&workers.loop(i));
  loops.push_back(&EventLoop::current());
  std::function<Part(std::size_t)> ask = [loops, most](std::size_t i) {
    Part part;
    part.total = PendingWaits::collect(*loops[i], most, part.waits);
    part.now = loops[i]->now();
    return part;
  };
  Parts answered = co_await ask_loops(loops, std::move(ask));
  auto name = [parts = std::move(answered), most] { return named(parts, most); };
  co_return co_await blocking(name);
}

void add_coroutines(Routes& routes, std::function<Workers*()> workers, const BlockedWorkers& blocked) {
  routes.get("/ops/coroutines", [workers](Query<CoroutinesQuery> query) -> Task<Response> {
    const Waits waits = co_await all_waits(*workers(), query->limit);
    co_return not_stored(json_of(waits));
  });
  routes.get("/ops/blocked", [&blocked] { return not_stored(json_of(blocked)); });
}

}  // namespace ngo::app
