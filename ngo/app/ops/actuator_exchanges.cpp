// /actuator/httpexchanges: the last requests of all workers, the newest first. Asking begins the recording;
// ten minutes after the last question it ends again.
#include <algorithm>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/recent_exchanges.hpp"
#include "ngo/http/request.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::app {
namespace {

constexpr Duration kRecordFor = std::chrono::minutes(10);

// Lives with the handler, on the loop of the ops port.
class Recording final : private Timer {
 public:
  explicit Recording(const Actuator& actuator) : actuator_(&actuator) {}
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() { Timer::disarm(); }

  void go_on() {
    switch_all(true);
    Timer::disarm();
    EventLoop& loop = EventLoop::current();
    loop.timers().arm(*this, later(loop.now(), kRecordFor));
  }

 private:
  void fire() noexcept override { switch_all(false); }
  void switch_all(bool on) noexcept {
    for (http::RecentExchanges* const each : actuator_->exchanges()) {
      each->switch_on(on);
      if (!on) each->clear();
    }
  }
  const Actuator* actuator_;
};

JsonValue headers_of(const http::RecentExchange::Headers& headers) {
  JsonValue object = JsonValue::object();
  for (const auto& [name, value] : headers) object[name].push_back(value);
  return object;
}

JsonValue json_of(const http::RecentExchange& exchange) {
  JsonValue one;
  one["timestamp"] = iso_time(exchange.began);
  one["request"]["uri"] = exchange.uri;
  one["request"]["remoteAddress"] = exchange.remote_address;
  one["request"]["method"] = exchange.method;
  one["request"]["headers"] = headers_of(exchange.request_headers);
  one["response"]["status"] = exchange.status;
  one["response"]["headers"] = headers_of(exchange.response_headers);
  one["timeTaken"] = iso_duration(exchange.took);
  if (!exchange.route.empty()) one["route"] = exchange.route;
  if (!exchange.trace_id.empty()) one["trace_id"] = exchange.trace_id;
  return one;
}

JsonValue newest(const Actuator& actuator) {
  std::vector<http::RecentExchange> all;
  for (const http::RecentExchanges* const each : actuator.exchanges()) each->copy_to(all);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.began > b.began; });
  if (all.size() > http::RecentExchanges::kKept) all.resize(http::RecentExchanges::kKept);
  JsonValue body;
  body["exchanges"] = JsonValue::array();
  for (const http::RecentExchange& each : all) body["exchanges"].push_back(json_of(each));
  return body;
}

}  // namespace

void add_actuator_exchanges(Routes& routes, const Actuator& actuator) {
  routes.get(actuator.base_path + "/httpexchanges",
             [&actuator, recording = std::make_shared<Recording>(actuator)](const Request& request) {
               recording->go_on();
               return actuator_json(request, newest(actuator));
             });
}

}  // namespace ngo::app
