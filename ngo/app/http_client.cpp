#include "ngo/app/http_client.hpp"

#include "ngo/app/setup.hpp"
#include "ngo/base/error.hpp"
#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/retry_budget.hpp"

namespace ngo {

Task<std::unique_ptr<HttpClientModule>> HttpClientModule::open(Options options, Setup& setup) {
  if (options.name.empty() && setup.name() != "default") options.name = setup.name();
  Dns& dns = co_await setup.get<Dns>();
  auto module = std::make_unique<HttpClientModule>(std::move(options));
  module->client().set_resolver([&dns]() -> net::Resolver& { return dns.here(); });
  module->client().set_metrics(setup.metrics());
  if (const std::uint32_t connections = module->client().options().warm_up; connections != 0) {
    if (module->client().options().base_url.empty())
      throw Error(Code::invalid_argument,
                  "httpClient.warmUp needs httpClient.baseUrl, whose server it is for");
    setup.warm_up([&client = module->client(), connections] {
      return client.warm_up(client.options().base_url, connections);
    });
  }
  setup.guards([&client = module->client()] {
    std::vector<Guard> guards;
    for (CircuitBreaker* each : client.breakers()) guards.emplace_back(each->resource(), *each);
    for (auto& [server, budget] : client.retry_budgets()) guards.emplace_back(server, *budget);
    return guards;
  });
  setup.pools([&client = module->client()] { return client.pools(); }, PoolUse::http);
  co_return module;
}

Task<HttpClient&> http_client(Setup& setup, std::string name) {
  HttpClientModule& module = co_await setup.get<HttpClientModule>(std::move(name));
  co_return module.client();
}

}  // namespace ngo
