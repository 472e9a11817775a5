#include "ngo/app/http_client.hpp"

#include "ngo/app/setup.hpp"

namespace ngo {

Task<std::unique_ptr<HttpClientModule>> HttpClientModule::open(Options options, Setup& setup) {
  if (options.name.empty() && setup.name() != "default") options.name = setup.name();
  Dns& dns = co_await setup.get<Dns>();
  auto module = std::make_unique<HttpClientModule>(std::move(options));
  module->client().set_resolver([&dns]() -> net::Resolver& { return dns.here(); });
  module->client().set_metrics(setup.metrics());
  setup.pools([&client = module->client()] { return client.pools(); }, PoolUse::http);
  co_return module;
}

Task<HttpClient&> http_client(Setup& setup, std::string name) {
  HttpClientModule& module = co_await setup.get<HttpClientModule>(std::move(name));
  co_return module.client();
}

}  // namespace ngo
