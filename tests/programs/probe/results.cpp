#include <optional>
#include <string>
#include <vector>

#include <ngo/runtime/generator.hpp>
#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

struct Thing {
  int id = 7;
  std::string name = "thing";
};

ngo::Generator<std::string> count_to_three() {
  for (const char* word : {"one ", "two ", "three"}) {
    co_await ngo::yield();
    std::string piece = word;
    co_yield piece;
  }
}

}  // namespace

void add_results(ngo::Routes& routes) {
  ngo::Routes& results = routes.group("/result");
  results.get("/struct", [] { return Thing{}; });
  results.get("/task-struct", []() -> ngo::Task<Thing> { co_return Thing{}; });
  results.get("/list", [] { return std::vector<Thing>(2); });
  results.get("/string", [] { return std::string("text"); });
  results.get("/view", [] { return std::string_view("text"); });
  results.get("/literal", [] { return "text"; });
  results.get("/empty-string", [] { return std::string(); });
  results.get("/created", [] { return ngo::Created(Thing{}, "/things/{}/{}", 7, "a b/c"); });
  results.get("/accepted", [] { return ngo::Accepted(Thing{}); });
  results.get("/no-content", [] { return ngo::NoContent(); });
  results.get("/void", [] {});
  results.get("/task-void", []() -> ngo::Task<void> { co_return; });
  results.get("/redirect", [] { return ngo::Redirect("/result/struct"); });
  results.get("/moved", [] { return ngo::Redirect("/result/struct", 308); });
  results.get("/some", [] { return std::optional<Thing>(Thing{}); });
  results.get("/none", [] { return std::optional<Thing>(); });
  results.get("/status/{code}", [](int code) { return ngo::Response(code, "x"); });
  results.get("/not-modified", [] { return ngo::Response(304).header("ETag", "\"1\""); });
  results.get("/headers", [] {
    ngo::Response response(200, "x");
    response.add_header("Set-Cookie", "a=1").add_header("Set-Cookie", "b=2").content_type("text/x-own");
    return response;
  });
  results.get("/forged-header", [] { return ngo::Response(200, "x").header("X-A", "1\r\nX-B: 2"); });
  results.get("/own-length", [] { return ngo::Response(200, "x").header("Content-Length", "7"); });
  results.get("/generator", [] { return count_to_three(); });
}

}  // namespace probe
