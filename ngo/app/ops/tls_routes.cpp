#include "ngo/app/ops/tls_routes.hpp"

#include <chrono>
#include <utility>

#include "ngo/app/ops/actuator.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo::app {
namespace {

struct CertificateBody {
  std::string file;
  std::string subject;
  std::vector<std::string> names;
  std::string expires;
  std::int64_t days_left = 0;
  bool stapled = false;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct ListenerBody {
  std::string listener;
  std::string expires;
  std::int64_t days_left = 0;
  std::vector<std::string> warnings;
  std::vector<CertificateBody> certificates;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct TlsBody {
  std::vector<ListenerBody> listeners;
};

std::chrono::seconds left(SystemTime expires) {
  return std::chrono::duration_cast<std::chrono::seconds>(expires - std::chrono::system_clock::now());
}

// Whole ones; negative when it is over.
std::int64_t days_left(SystemTime expires) {
  return std::chrono::floor<std::chrono::days>(left(expires)).count();
}

ListenerBody body_of(const TlsListener& listener) {
  ListenerBody body;
  body.listener = listener.name;
  body.expires = iso_time(listener.context->expires());
  body.days_left = days_left(listener.context->expires());
  body.warnings = listener.context->warnings();
  for (const tls::CertificateFacts& each : listener.context->certificates()) {
    body.certificates.push_back(
        {each.file, each.subject, each.names, iso_time(each.expires), days_left(each.expires), each.stapled});
  }
  return body;
}

Response answer(const std::vector<TlsListener>& listeners) {
  TlsBody body;
  for (const TlsListener& each : listeners) body.listeners.push_back(body_of(each));
  Response response = Response::json(body);
  response.header("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_tls(Routes& routes, std::function<std::vector<TlsListener>()> listeners) {
  routes.get("/ops/tls", [listeners] { return answer(listeners()); });
  routes.post("/ops/tls/reload", [listeners]() -> Task<Response> {
    const std::vector<TlsListener> all = listeners();
    if (all.empty()) throw Error(Code::not_found, "no port of this service speaks TLS");
    for (const TlsListener& each : all) {
      auto reload = [context = each.context] { context->reload(); };
      try {
        co_await blocking(reload);
      } catch (const Error& error) {
        throw Error(error.code(), "the certificates of the " + each.name +
                                      " port are not used, the old ones stay: " + error.message());
      }
      log::warn("TLS: the certificates of the {} port were read again, as the ops port was told to",
                each.name);
    }
    co_return answer(all);
  });
}

metrics::Collection tls_metrics(Metrics& metrics, std::vector<TlsListener> listeners) {
  constexpr metrics::Description kLeft{metrics::Kind::gauge, "ngo.tls.certificate.time_left", "s",
                                       "until the first certificate of a listener expires"};
  return metrics.on_collect([kLeft, listeners = std::move(listeners)](metrics::Collector& out) {
    for (const TlsListener& each : listeners) {
      out.add(kLeft, static_cast<double>(left(each.context->expires()).count()),
              {{"ngo.listener", std::string_view(each.name)}});
    }
  });
}

}  // namespace ngo::app
