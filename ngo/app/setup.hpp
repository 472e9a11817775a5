// The one seam between a module and the framework: what a module may take while it is opened. Everything
// taken here is undone in reverse order at stop: background work is cancelled and awaited, indicators fall
// silent, then the module is closed and destroyed. A module can be tested alone: make a Setup over an
// EventLoop with `Setup::Host` of the test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/app/health.hpp"
#include "ngo/app/module.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class Workers;

class Setup {
 public:
  // What stands behind a Setup: the application, or a test.
  class Host {
   public:
    // Gives back the opened module, opening it first if need be.
    [[nodiscard]] virtual Task<void*> module(const app::Recipe& recipe, std::string name,
                                             const Setup& asking) = 0;
    virtual void add_health(std::string name, HealthIndicator indicator, bool for_readiness) = 0;
    virtual void add_drain(const Setup& owner, std::function<Task<void>()> on_drain) = 0;
    virtual void add_background(const Setup& owner, Task<void> work) = 0;
    // The threads that serve; null where there are none (a test).
    [[nodiscard]] virtual Workers* workers() noexcept = 0;
    [[nodiscard]] virtual Metrics& metrics() noexcept = 0;
    // Where the value of a section is kept that somebody reads as Live<T>; here its defaults.
    [[nodiscard]] virtual std::shared_ptr<config::LiveCell> live(const std::type_info&,
                                                                 const app::ConfigRecipe& recipe) {
      return std::make_shared<config::LiveCell>(recipe.make());
    }

   protected:
    ~Host() = default;
  };

  Setup(Host& host, std::string section, std::string name)
      : host_(host), section_(std::move(section)), name_(std::move(name)) {}

  // "redis", and "sessions".
  [[nodiscard]] const std::string& section() const noexcept { return section_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  // Another module that this one needs; it is opened first and closed after. A cycle is a start-up error that
  // shows the chain. `Redis& redis = co_await setup.get<Redis>();`
  template <Module Other>
  [[nodiscard]] Task<Other&> get(std::string name = "default") {
    void* module = co_await host_.module(app::recipe_of<Other>(), std::move(name), *this);
    co_return *static_cast<Other*>(module);
  }

  // An indicator of this module's health, shown as "redis" or "redis.sessions". With `for_readiness` the
  // service is not ready while it is down.
  void health(HealthIndicator indicator, bool for_readiness = false) {
    host_.add_health(name_ == "default" ? section_ : section_ + "." + name_, std::move(indicator),
                     for_readiness);
  }

  // Called when the service begins to drain: stop taking in new work.
  void on_drain(std::function<Task<void>()> f) { host_.add_drain(*this, std::move(f)); }

  // Work that goes on beside the requests until the module is closed. Runs on the supervisor's loop;
  // cancelled and awaited at stop. An exception is logged and ends it.
  void background(Task<void> work) { host_.add_background(*this, std::move(work)); }

  // A section of the configuration beside the module's own options, as it is at any time.
  // `Live<House> house = setup.live<House>();`
  template <class T>
  [[nodiscard]] Live<T> live() {
    return Live<T>(host_.live(typeid(T), app::config_recipe_of<T>()));
  }

  [[nodiscard]] Workers* workers() noexcept { return host_.workers(); }

  // The process's metrics: make the module's instruments from it in open() and keep them. Callbacks must not
  // outlive the module: keep the Collection that on_collect() gives as a member.
  [[nodiscard]] Metrics& metrics() noexcept { return host_.metrics(); }

 private:
  Host& host_;
  std::string section_;
  std::string name_;
};

}  // namespace ngo
