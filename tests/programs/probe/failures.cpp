#include <stdexcept>
#include <string>

#include <ngo/base/error.hpp>
#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

ngo::Error failure(const std::string& name) {
  std::optional<ngo::Code> code = ngo::code_from_string(name);
  if (!code) return ngo::Error(ngo::Code::invalid_argument, "no such code");
  return ngo::Error(*code, "secret of " + name);
}

}  // namespace

void add_failures(ngo::Routes& routes) {
  routes.get("/fail/{code}", [](std::string code) -> std::string { throw failure(code); });
  routes.get("/fail/task/{code}", [](std::string code) -> ngo::Task<std::string> {
    co_await ngo::yield();
    throw failure(code);
  });
  routes.get("/fail/exception", []() -> std::string { throw std::runtime_error("secret"); });
  routes.get("/fail/other", []() -> std::string { throw 42; });
}

}  // namespace probe
