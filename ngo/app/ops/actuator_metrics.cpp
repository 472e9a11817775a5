// /actuator/metrics: the names, and each with its tags to choose by. Beside the process's own metrics stand
// the few of a Java service that Spring Boot Admin asks for by name.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/request.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {
namespace {

using metrics::Family;
using metrics::Point;
using Tags = std::vector<std::pair<std::string, std::string>>;

// One value under its tags.
struct Measured {
  Tags tags;
  std::map<std::string, double> statistics;
};
struct Metric {
  std::string description;
  std::string unit;
  std::vector<Measured> values;
};

// ---- what the operating system tells

double seconds_of_ticks(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

// The columns of the first line of a file of /proc.
std::vector<double> numbers_of(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<double> numbers;
  // The name of a process may hold spaces.
  const std::size_t close = line.rfind(')');
  std::size_t at = close == std::string::npos ? 0 : close + 2;
  while (at < line.size()) {
    numbers.push_back(std::strtod(line.c_str() + at, nullptr));
    at = line.find(' ', at);
    if (at == std::string::npos) break;
    while (at < line.size() && line[at] == ' ') ++at;
  }
  return numbers;
}

double process_cpu_seconds() {
  const std::vector<double> stat = numbers_of("/proc/self/stat");
  // From the third column on: utime and stime are the 14th and the 15th.
  return stat.size() > 12 ? seconds_of_ticks(stat[11] + stat[12]) : 0;
}

struct SystemCpu {
  double busy = 0;
  double all = 0;
};
SystemCpu system_cpu() {
  SystemCpu cpu;
  const std::vector<double> stat = numbers_of("/proc/stat");  // "cpu user nice system idle iowait ..."
  for (std::size_t i = 1; i < stat.size() && i <= 8; ++i) {
    cpu.all += stat[i];
    if (i != 4 && i != 5) cpu.busy += stat[i];
  }
  return cpu;
}

double status_number(std::string_view name) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(name)) return std::strtod(line.c_str() + name.size(), nullptr);
  }
  return 0;
}

// Usage is what happened since somebody asked last; a second and more ago.
class CpuUsage {
 public:
  void look() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - looked_;
    if (passed.count() < 1 && process_ >= 0) return;
    const double used = process_cpu_seconds();
    const SystemCpu all = system_cpu();
    if (passed.count() > 0) process_ = (used - used_) / passed.count() / static_cast<double>(cpus());
    if (all.all > all_.all) system_ = (all.busy - all_.busy) / (all.all - all_.all);
    looked_ = now;
    used_ = used;
    all_ = all;
  }
  [[nodiscard]] double process() const noexcept { return std::clamp(process_, 0.0, 1.0); }
  [[nodiscard]] double system() const noexcept { return std::clamp(system_, 0.0, 1.0); }
  static long cpus() noexcept { return std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)); }

 private:
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  double used_ = process_cpu_seconds();
  SystemCpu all_ = system_cpu();
  double process_ = -1;
  double system_ = 0;
};

Metric single(std::string description, std::string unit, double value) {
  return {std::move(description), std::move(unit), {{{}, {{"VALUE", value}}}}};
}

Metric memory(std::string description, double heap) {
  return {std::move(description),
          "bytes",
          {{{{"area", "heap"}}, {{"VALUE", heap}}}, {{{"area", "nonheap"}}, {{"VALUE", 0}}}}};
}

// What the overview of Spring Boot Admin asks for. Memory is that of the process: there is no other heap.
std::map<std::string, Metric> familiar(const Actuator& actuator, CpuUsage& usage) {
  usage.look();
  const double kilo = 1024;
  const double machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const std::chrono::duration<double> up = std::chrono::system_clock::now() - actuator.startup->began();
  std::map<std::string, Metric> all;
  all["process.uptime"] = single("The uptime of the process", "seconds", up.count());
  all["process.cpu.usage"] = single("CPU of the process since it was asked last", "", usage.process());
  all["system.cpu.usage"] = single("CPU of the machine since it was asked last", "", usage.system());
  all["system.cpu.count"] =
      single("CPUs that the process may use", "", static_cast<double>(available_cpus()));
  all["jvm.memory.used"] = memory("Resident memory of the process", status_number("VmRSS:") * kilo);
  all["jvm.memory.committed"] = memory("Peak of the resident memory", status_number("VmHWM:") * kilo);
  all["jvm.memory.max"] = memory("Memory of the machine", machine);
  const double threads = status_number("Threads:");
  all["jvm.threads.live"] = single("Threads of the process", "threads", threads);
  all["jvm.threads.daemon"] = single("Threads of the process", "threads", threads);
  all["jvm.threads.peak"] = single("Threads of the process", "threads", threads);
  return all;
}

// ---- what the service counts

std::string micrometer_unit(const std::string& unit) {
  if (unit == "s") return "seconds";
  if (unit == "By") return "bytes";
  return unit.starts_with('{') ? unit.substr(1, unit.size() - 2) + "s" : unit;
}

Measured measured(const Family& family, const Point& point) {
  Measured one;
  for (const metrics::Label& label : *point.labels) one.tags.emplace_back(label.key, label.value);
  const char* const total = family.unit == "s" ? "TOTAL_TIME" : "TOTAL";
  if (const auto* const histogram = std::get_if<metrics::HistogramData>(&point.value)) {
    one.statistics = {{"COUNT", static_cast<double>(histogram->count)}, {total, histogram->sum}};
  } else if (const auto* const fine = std::get_if<metrics::ExponentialData>(&point.value)) {
    one.statistics = {{"COUNT", static_cast<double>(fine->count)}, {total, fine->sum}};
  } else {
    one.statistics = {{family.kind == metrics::Kind::counter ? "COUNT" : "VALUE", point.number()}};
  }
  return one;
}

Metric metric_of(const Family& family) {
  Metric metric{family.description, micrometer_unit(family.unit), {}};
  for (const Point& point : family.points) metric.values.push_back(measured(family, point));
  return metric;
}

// The durations of requests, by the names that Spring's metric has for their tags.
Metric requests(const Family& family) {
  Metric metric = metric_of(family);
  for (Measured& each : metric.values) {
    for (auto& [key, value] : each.tags) {
      if (key == "http.route") key = "uri";
      if (key == "http.request.method") key = "method";
      if (key == "http.response.status_code") key = "status";
      if (key == "error.type") key = "exception";
    }
  }
  return metric;
}

constexpr std::string_view kDurations = "http.server.request.duration";
constexpr std::string_view kRequests = "http.server.requests";

JsonValue shown(std::string_view name, const Metric& metric, const Tags& wanted) {
  std::map<std::string, double> statistics;
  std::map<std::string, std::set<std::string>> tags;
  bool any = false;
  for (const Measured& each : metric.values) {
    const bool fits = std::all_of(wanted.begin(), wanted.end(), [&](const auto& tag) {
      return std::find(each.tags.begin(), each.tags.end(), tag) != each.tags.end();
    });
    if (!fits) continue;
    any = true;
    for (const auto& [statistic, value] : each.statistics) statistics[statistic] += value;
    for (const auto& [key, value] : each.tags) {
      const bool chosen =
          std::any_of(wanted.begin(), wanted.end(), [&](const auto& tag) { return tag.first == key; });
      if (!chosen) tags[key].insert(value);
    }
  }
  if (!any) throw Error(Code::not_found, "the metric has no values with these tags");
  JsonValue body;
  body["name"] = name;
  body["description"] = metric.description;
  body["baseUnit"] = metric.unit.empty() ? JsonValue() : JsonValue(metric.unit);
  body["measurements"] = JsonValue::array();
  for (const auto& [statistic, value] : statistics) {
    JsonValue one;
    one["statistic"] = statistic;
    one["value"] = value;
    body["measurements"].push_back(std::move(one));
  }
  body["availableTags"] = JsonValue::array();
  for (const auto& [key, values] : tags) {
    JsonValue one;
    one["tag"] = key;
    one["values"] = JsonValue::array();
    for (const std::string& value : values) one["values"].push_back(value);
    body["availableTags"].push_back(std::move(one));
  }
  return body;
}

Tags wanted_tags(std::string_view query) {
  Tags tags;
  query::Reader reader(query);
  for (query::Pair pair; reader.next(pair);) {
    if (pair.key != "tag") continue;
    const std::string_view text = pair.value;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
      throw Error(Code::invalid_argument, "expected tag=KEY:VALUE, got " + in_quotes(text));
    tags.emplace_back(text.substr(0, colon), text.substr(colon + 1));
  }
  return tags;
}

Task<Response> names(const Request& request, const Actuator& actuator, CpuUsage& usage) {
  std::set<std::string> all;
  for (const auto& [name, metric] : familiar(actuator, usage)) all.insert(name);
  Metrics::Reading reading = actuator.metrics->read();
  std::size_t count = 0;
  while (const std::optional<Family> family = reading.next()) {
    all.insert(family->name);
    if (family->name == kDurations) all.emplace(kRequests);
    if (++count % 64 == 0) co_await yield();
  }
  JsonValue body;
  body["names"] = JsonValue::array();
  for (const std::string& name : all) body["names"].push_back(name);
  co_return actuator_json(request, body);
}

Task<Response> one(const Request& request, std::string name, const Actuator& actuator, CpuUsage& usage) {
  const Tags tags = wanted_tags(request.query());
  const std::map<std::string, Metric> aliases = familiar(actuator, usage);
  if (const auto alias = aliases.find(name); alias != aliases.end())
    co_return actuator_json(request, shown(name, alias->second, tags));
  const std::string_view family_name = name == kRequests ? kDurations : std::string_view(name);
  Metrics::Reading reading = actuator.metrics->read();
  std::size_t count = 0;
  while (const std::optional<Family> family = reading.next()) {
    if (family->name == family_name) {
      const Metric metric = name == kRequests ? requests(*family) : metric_of(*family);
      co_return actuator_json(request, shown(name, metric, tags));
    }
    if (++count % 64 == 0) co_await yield();
  }
  throw Error(Code::not_found, "no metric is called " + in_quotes(name) + "; /metrics lists them");
}

}  // namespace

void add_actuator_metrics(Routes& routes, const Actuator& actuator) {
  auto usage = std::make_shared<CpuUsage>();
  routes.get(actuator.base_path + "/metrics", [&actuator, usage](const Request& request) -> Task<Response> {
    return names(request, actuator, *usage);
  });
  routes.get(actuator.base_path + "/metrics/{name}",
             [&actuator, usage](const Request& request, std::string_view name) -> Task<Response> {
               return one(request, std::string(name), actuator, *usage);
             });
}

}  // namespace ngo::app
