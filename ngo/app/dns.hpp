// Name lookup as a module: a resolver for each worker, with the settings of the section `dns`. What it has to
// warn of goes to the logger `dns`.
//
//   app.get("/addresses", [](ngo::Dns& dns) -> ngo::Task<std::string> {
//     auto found = co_await dns.here().resolve("db.example.com");
//     co_return found.addresses.front().host();
//   });
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ngo/app/setup.hpp"
#include "ngo/net/connect.hpp"
#include "ngo/net/resolver.hpp"

namespace ngo {

class Dns {
 public:
  using Options = net::DnsOptions;
  static constexpr std::string_view kSection = "dns";
  static Task<std::unique_ptr<Dns>> open(Options options, Setup& setup);

  Dns(Options options, Workers* workers);
  Dns(const Dns&) = delete;
  Dns& operator=(const Dns&) = delete;
  ~Dns();

  // The resolver of the worker that this runs on; outside of the workers that of the supervisor's loop. Made
  // when it is first asked for. Throws as net::Resolver.
  [[nodiscard]] net::Resolver& here();

  // Ends the resolvers, each on its worker.
  Task<void> close();

 private:
  Options options_;
  Workers* workers_;
  std::vector<std::unique_ptr<net::Resolver>> resolvers_;  // each used by its thread alone
};

}  // namespace ngo
