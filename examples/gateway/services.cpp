#include "services.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ngo/app.hpp>

#include "pages.hpp"

namespace gateway {
namespace {

// Every so manyth request to a service is held for a while; 0: none is.
struct Stall {
  std::uint32_t every = 0;
  ngo::Duration hold = std::chrono::milliseconds(500);
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::range<&Stall::hold>(std::chrono::seconds(0), std::chrono::seconds(60)));
};

struct Service {
  std::string_view name;
  std::atomic<std::uint32_t> every{0};
  std::atomic<ngo::Duration> hold{};
  std::atomic<std::uint32_t> requests{0};

  ngo::Task<void> maybe_stall() {
    const std::uint32_t every_now = every;
    if (every_now != 0 && ++requests % every_now == 0) co_await ngo::sleep(hold.load());
  }
};

std::array<Service, 3> services = {Service{"stories"}, Service{"comments"}, Service{"ratings"}};

ngo::Task<Story> story(std::int64_t id) {
  co_await services[0].maybe_stall();
  if (id < 1) throw ngo::Error(ngo::Code::not_found, "there is no such story");
  co_return Story{id, "Story " + std::to_string(id), "It was a quiet day in the newsroom."};
}

ngo::Task<std::vector<Comment>> comments(std::int64_t id) {
  co_await services[1].maybe_stall();
  co_return std::vector<Comment>{{"ada", "I had not known that."},
                                 {"max", "Story " + std::to_string(id) + "!"}};
}

ngo::Task<Rating> rating(std::int64_t id) {
  co_await services[2].maybe_stall();
  co_return Rating{static_cast<double>(id % 50) / 10};
}

void set_stall(std::string name, ngo::Json<Stall> stall) {
  for (Service& service : services) {
    if (service.name != name) continue;
    service.hold = stall->hold;
    service.every = stall->every;
    return;
  }
  throw ngo::Error(ngo::Code::not_found, "there are stories, comments and ratings");
}

}  // namespace

void add_services(ngo::Routes& routes) {
  routes.get("/stories/{id}", story);
  routes.get("/comments/{id}", comments);
  routes.get("/ratings/{id}", rating);
  routes.put("/stall/{service}", set_stall);
}

}  // namespace gateway
