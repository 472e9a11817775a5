#include "ngo/http/server_metrics.hpp"

#include <algorithm>
#include <string>

namespace ngo::http {
namespace {

// The statuses of RFC 9110 and those in use beside it; each has a place of its own.
constexpr std::array<std::uint16_t, 66> kStatuses = {
    0,   100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301,
    302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410,
    411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431,
    451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 529};
constexpr std::size_t kNoPlace = kStatuses.size();

constexpr std::array<std::uint8_t, 600> make_places() {
  std::array<std::uint8_t, 600> places{};
  places.fill(kNoPlace);
  for (std::size_t i = 0; i < kStatuses.size(); ++i) places[kStatuses[i]] = static_cast<std::uint8_t>(i);
  return places;
}
constexpr std::array<std::uint8_t, 600> kPlaces = make_places();

constexpr std::array<std::string_view, 100> make_server_errors() {
  std::array<std::string_view, 100> names{};
  constexpr std::string_view kDigits =
      "500501502503504505506507508509510511512513514515516517518519520521522523524525526527528529";
  for (std::size_t i = 0; i < kDigits.size() / 3; ++i) names[i] = kDigits.substr(i * 3, 3);
  return names;
}
constexpr std::array<std::string_view, 100> kServerErrors = make_server_errors();

std::string_view method_label(Method method) noexcept {
  return method == Method::unknown ? "_OTHER" : to_string(method);
}

std::string_view version_label(std::uint8_t version) noexcept {
  switch (version) {
    case 10: return "1.0";
    case 20: return "2";
    default: return "1.1";
  }
}

std::string_view scheme_label(bool secure) noexcept { return secure ? "https" : "http"; }

std::uint32_t key_of(RequestKind kind, const ServerMetrics::Outcome& outcome) noexcept {
  return static_cast<std::uint32_t>(kind.method) | std::uint32_t{kind.version} << 8 |
         std::uint32_t{kind.secure} << 16 | std::uint32_t{outcome.broken} << 17 |
         std::uint32_t{outcome.request_bytes >= 0} << 18;
}

std::size_t place_of(int status) noexcept {
  return status >= 0 && status < 600 ? kPlaces[static_cast<std::size_t>(status)] : kNoPlace;
}

double seconds(Duration took) noexcept { return std::chrono::duration<double>(took).count(); }

}  // namespace

std::string_view error_type(int status, bool broken) noexcept {
  if (broken || status == 0) return "cancelled";
  if (status < 500 || status > 599) return {};
  const std::string_view name = kServerErrors[static_cast<std::size_t>(status - 500)];
  return name.empty() ? "_OTHER" : name;
}

struct ServerMetrics::Statuses {
  explicit Statuses(std::uint32_t its_key) noexcept : key(its_key) {}
  const std::uint32_t key;
  Statuses* next = nullptr;  // set before it is seen
  std::array<std::atomic<const Instruments*>, kStatuses.size() + 1> places{};
};

ServerMetrics::ServerMetrics(Metrics& metrics, const RouteTable& routes)
    : duration_(metrics.histogram("http.server.request.duration", "s", "how long requests have taken")),
      request_bytes_(metrics.histogram("http.server.request.body.size", "By", "bodies of requests, as sent",
                                       metrics::kBytes)),
      response_bytes_(metrics.histogram("http.server.response.body.size", "By", "bodies of answers, as sent",
                                        metrics::kBytes)),
      active_requests_(
          metrics.up_down_counter("http.server.active_requests", "{request}", "requests in progress")),
      refused_(metrics.counter("ngo.http.server.refused", "{request}",
                               "what was no request by HTTP's rules, and was refused")),
      per_route_(routes.size() + 1) {}

ServerMetrics::~ServerMetrics() = default;

metrics::UpDownCounter ServerMetrics::bind_active(RequestKind kind) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    ActiveSlot& slot = active_[static_cast<std::size_t>(kind.method) * 2 + (kind.secure ? 1 : 0)];
    if (const metrics::UpDownCounter* found = slot.load(std::memory_order_acquire)) return *found;
    auto bound = std::make_unique<metrics::UpDownCounter>(active_requests_.with(
        {{"http.request.method", method_label(kind.method)}, {"url.scheme", scheme_label(kind.secure)}}));
    const metrics::UpDownCounter counter = *bound;
    bound_active_.push_back(std::move(bound));
    slot.store(bound_active_.back().get(), std::memory_order_release);
    return counter;
  } catch (...) {
    return {};  // no memory: it is not counted
  }
}

const ServerMetrics::Instruments* ServerMetrics::find(const CompiledRoute& route, RequestKind kind,
                                                      const Outcome& outcome) {
  PerRoute& own = per_route_[route.index];
  const std::uint32_t key = key_of(kind, outcome);
  Statuses* statuses = own.first.load(std::memory_order_acquire);
  while (statuses != nullptr && statuses->key != key) statuses = statuses->next;
  if (statuses == nullptr) {
    const std::lock_guard lock(mutex_);
    statuses = own.first.load(std::memory_order_acquire);
    while (statuses != nullptr && statuses->key != key) statuses = statuses->next;
    if (statuses == nullptr) {
      statuses = statuses_.emplace_back(std::make_unique<Statuses>(key)).get();
      statuses->next = own.first.load(std::memory_order_relaxed);
      own.first.store(statuses, std::memory_order_release);
    }
  }
  const Instruments* found = statuses->places[place_of(outcome.status)].load(std::memory_order_acquire);
  return found != nullptr ? found : bind(route, *statuses, kind, outcome);
}

const ServerMetrics::Instruments* ServerMetrics::bind(const CompiledRoute& route, Statuses& statuses,
                                                      RequestKind kind, const Outcome& outcome) {
  const std::size_t place = place_of(outcome.status);
  std::vector<metrics::LabelView> labels{{"http.request.method", method_label(kind.method)},
                                         {"url.scheme", scheme_label(kind.secure)},
                                         {"network.protocol.version", version_label(kind.version)}};
  if (route.name[0] != '\0') labels.emplace_back("http.route", route.name);
  // Statuses that are nobody's standard share one series without a number.
  if (place != kNoPlace && outcome.status > 0)
    labels.emplace_back("http.response.status_code", outcome.status);
  const std::string_view error = place == kNoPlace ? "_OTHER" : error_type(outcome.status, outcome.broken);
  if (!error.empty()) labels.emplace_back("error.type", error);
  auto made = std::make_unique<Instruments>();
  made->duration = duration_.with(labels);
  made->response_bytes = response_bytes_.with(labels);
  if (outcome.request_bytes >= 0) made->request_bytes = request_bytes_.with(labels);
  const std::lock_guard lock(mutex_);
  const Instruments* found = statuses.places[place].load(std::memory_order_acquire);
  if (found != nullptr) return found;  // another worker was first
  bound_.push_back(std::move(made));
  statuses.places[place].store(bound_.back().get(), std::memory_order_release);
  return bound_.back().get();
}

void ServerMetrics::end(const CompiledRoute& route, RequestKind kind, const Outcome& outcome) noexcept {
  active(kind).add(-1);
  const Instruments* instruments = nullptr;
  try {
    instruments = find(route, kind, outcome);
  } catch (...) {
    return;  // no memory: it is not counted
  }
  if (outcome.trace.valid()) [[unlikely]] {
    instruments->duration.record(seconds(outcome.took), outcome.trace);
  } else {
    instruments->duration.record(seconds(outcome.took));
  }
  if (outcome.request_bytes >= 0)
    instruments->request_bytes.record(static_cast<double>(outcome.request_bytes));
  instruments->response_bytes.record(static_cast<double>(outcome.response_bytes));
}

void ServerMetrics::refused(int status) noexcept {
  try {
    refused_.with({{"http.response.status_code", status}}).add();
  } catch (...) {
    // No memory: it is not counted.
  }
}

}  // namespace ngo::http
