#include "ngo/app/ops/pprof_routes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "ngo/app/ops/coroutine_routes.hpp"
#include "ngo/app/ops/profile.hpp"
#include "ngo/app/ops/threads.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/symbol_names.hpp"
#include "ngo/config/secret.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/request.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

constexpr std::size_t kMostAddresses = 100'000;
constexpr std::size_t kMostCoroutines = 10'000;

struct ProfileQuery {
  std::uint32_t seconds = 30;
  static constexpr auto rules = ngo::rules(ngo::range<&ProfileQuery::seconds>(1, 300));
};

struct DebugQuery {
  int debug = 0;
};

constexpr std::string_view kIndex = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>/debug/pprof/</title></head><body>
<h1>/debug/pprof/</h1>
<table>
<tr><td><a href="profile?seconds=10">profile</a></td><td>CPU, all threads; ?seconds=1 to 300. One at a time</td></tr>
<tr><td><a href="heap">heap</a></td><td>memory in use, where tcmalloc samples</td></tr>
<tr><td><a href="goroutine?debug=1">goroutine</a></td><td>what the coroutines wait for; more at <a href="/ops/coroutines">/ops/coroutines</a></td></tr>
<tr><td><a href="threadcreate">threadcreate</a></td><td>all threads with their stacks</td></tr>
<tr><td><a href="cmdline">cmdline</a></td><td>how the process was started</td></tr>
<tr><td><a href="symbol">symbol</a></td><td>names of addresses</td></tr>
</table>
<p><code>go tool pprof http://HOST:PORT/debug/pprof/profile?seconds=10</code></p>
</body></html>
)";

Response bytes(std::string body, std::string name) {
  Response response(200);
  response.body(std::move(body));
  response.content_type("application/octet-stream");
  response.header("Content-Disposition", "attachment; filename=\"" + std::move(name) + "\"");
  response.header("Cache-Control", "no-store");
  return response;
}

Response text(std::string body) {
  Response response(200, std::move(body));
  response.header("Cache-Control", "no-store");
  return response;
}

// Leaving it early, since the client has gone, ends the profile.
Task<Response> profile(std::uint32_t seconds) {
  const std::unique_ptr<CpuProfile> running = CpuProfile::begin();
  if (running == nullptr)
    throw http::StatusError(409, Code::aborted,
                            "another CPU profile is being taken; try again when it is over");
  log::info("ops: a CPU profile of {} s begins", seconds);
  co_await sleep(std::chrono::seconds(seconds));
  co_return bytes(running->finish(), "profile");
}

// "0x1+0x2": a line for each with its name.
std::string symbols(std::string_view addresses) {
  std::string out;
  std::size_t count = 0;
  while (!addresses.empty() && count++ < kMostAddresses) {
    const std::size_t plus = addresses.find_first_of("+\r\n");
    const std::string one(addresses.substr(0, plus));
    addresses.remove_prefix(plus == std::string_view::npos ? addresses.size() : plus + 1);
    char* end = nullptr;
    const std::uint64_t address = std::strtoull(one.c_str(), &end, 16);
    if (end == one.c_str() || address == 0) continue;
    // pprof has taken one off what calls return to.
    const std::string name =
        function_name_at(reinterpret_cast<const void*>(address));  // NOLINT(performance-no-int-to-ptr)
    if (!name.empty()) out.append(one).append(1, '\t').append(name).append(1, '\n');
  }
  return out;
}

// "--set ops.token=word": what stands behind the name of a secret is not shown.
void mask_secret(std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string::npos) return;
  const std::size_t dot = argument.rfind('.', equals);
  const std::string_view key =
      std::string_view(argument).substr(0, equals).substr(dot == std::string::npos ? 0 : dot + 1);
  const bool secret = config::is_secret_name(key) || argument.find("tokens.") < equals;
  argument =
      secret ? argument.substr(0, equals + 1) + std::string(config::kMask) : config::mask_urls(argument);
}

std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (line.ends_with('\0')) line.pop_back();
  std::string shown;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('\0', at), line.size());
    std::string argument = line.substr(at, end - at);
    mask_secret(argument);
    if (at != 0) shown += '\0';
    shown += argument;
    at = end + 1;
  }
  return shown;
}

// As Go shows goroutines with debug=1: those that are alike together, the most first.
std::string listing(const Waits& waits) {
  std::map<std::string, std::size_t> alike;
  for (const NamedWait& each : waits.waits) {
    std::string what = each.waits_for + " in " + each.function;
    if (!each.work.empty()) what += ", for " + each.work;
    ++alike[what];
  }
  std::vector<std::pair<std::size_t, std::string>> sorted;
  sorted.reserve(alike.size());
  for (const auto& [what, count] : alike) sorted.emplace_back(count, what);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string out = "coroutine profile: total " + std::to_string(waits.total) + "\n";
  for (const auto& [count, what] : sorted) out += std::to_string(count) + " @ " + what + "\n";
  return out;
}

std::string threads() {
  std::string out;
  for (const ThreadState& thread : all_threads()) {
    out += "thread " + std::to_string(thread.id) + " " + thread.name + "\n";
    if (!thread.stack) continue;
    for (const std::string& line : thread.stack->describe()) out += "#\t" + line + "\n";
  }
  return out;
}

}  // namespace

void add_pprof(Routes& routes, std::function<Workers*()> workers) {
  Routes& group = routes.group("/debug/pprof");
  group.timeout(Duration::zero());
  group.get("/", [] { return Response::html(std::string(kIndex)); });
  group.get("/profile", [](Query<ProfileQuery> query) { return profile(query->seconds); });
  group.get("/heap", []() -> Task<Response> {
    std::optional<std::string> sample = co_await blocking([] { return heap_sample(); });
    if (!sample) co_return Response(501, kHowToSampleHeap + std::string("\n"));
    co_return bytes(std::move(*sample), "heap");
  });
  group.get("/cmdline", [] { return text(command_line()); });
  group.get("/symbol", [] { return text("num_symbols: 1\n"); });
  group.post("/symbol", [](Body body) -> Task<Response> {
    const std::string addresses = co_await body.text();
    auto name = [&addresses] { return "num_symbols: 1\n" + symbols(addresses); };
    std::string named = co_await blocking(name);
    co_return text(std::move(named));
  });
  group.get("/goroutine", [workers](Query<DebugQuery>) -> Task<Response> {
    const Waits waits = co_await all_waits(*workers(), kMostCoroutines);
    co_return text(listing(waits));
  });
  group.get("/threadcreate", []() -> Task<Response> {
    std::string all = co_await blocking([] { return threads(); });
    co_return text(std::move(all));
  });
}

}  // namespace ngo::app
