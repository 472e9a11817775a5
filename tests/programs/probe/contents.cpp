// What requests bring along: who asks through which proxies, cookies, forms, uploads.
#include <string>

#include "probe.hpp"

namespace probe {
namespace {

struct Asker {
  std::string client;
  std::string peer;
  std::string scheme;
};

}  // namespace

void add_contents(ngo::App& app) {
  app.get("/client", [](const ngo::Request& request) {
    return Asker{request.client().to_string(), request.peer().host(), std::string(request.scheme())};
  });
}

}  // namespace probe
