// A gateway: one page from three services, with deadlines, hedging, breakers and fallbacks. It answers
// quickly when one of the services stalls; docs/resilience.md has the figures.
//
//   gateway                      the gateway and, to try it, the services behind it
//   curl localhost:8080/pages/7
//   curl -X PUT localhost:8080/stall/ratings -d '{"every":1,"hold":"2s"}' -H 'Content-Type: application/json'
#include <ngo/app.hpp>

#include "pages.hpp"
#include "services.hpp"

namespace {

// [defaults]
constexpr const char* kDefaults = R"yaml(
service:    { serviceName: gateway }
httpServer: { requestTimeout: 3s }
httpClient:
  - { name: stories,  baseUrl: "http://127.0.0.1:8080" }
  - { name: comments, baseUrl: "http://127.0.0.1:8080" }
  - { name: ratings,  baseUrl: "http://127.0.0.1:8080" }
pages:      { patience: 50ms, hedge: { delay: 20ms, percentile: 0.95 } }
)yaml";
// [/defaults]

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "gateway", .version = "1.0.0", .default_config = kDefaults});
  for (const char* client : {"stories", "comments", "ratings"}) app.use<ngo::HttpClientModule>(client);
  app.get("/pages/{id}", [](std::int64_t id, gateway::Pages& pages) { return pages.page(id); });
  gateway::add_services(app);
  return app.run();
}
