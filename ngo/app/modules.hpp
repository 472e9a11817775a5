// The modules of one process: which are wanted, how they depend on one another, and their opening and closing
// in order. Lives on the supervisor's loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/app/health.hpp"
#include "ngo/app/module.hpp"
#include "ngo/app/setup.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/http/route_table.hpp"

namespace ngo::app {

class Modules final : public Setup::Host, public http::ObjectSource {
 public:
  Modules(HealthRegistry& health, Metrics& metrics);
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;
  ~Modules();

  // Says that the program uses a module of that name. Does nothing when it is known already.
  void want(const Recipe& recipe, std::string_view name);
  // What a handler asks for: wanted until open_all(), the object itself afterwards.
  void* object(const std::type_info& type, std::string_view name, const void* recipe) override;

  // Binds the options of every wanted module and every Config<T>, and claims their sections.
  void bind(config::Tree& tree, config::Report& report);

  // ---- a new configuration, while all are open
  // Binds everything anew, and keeps it aside. Mistakes are in the report.
  void bind_next(config::Tree& next, config::Report& report);
  // Asks the modules that read one of these sections; a refusal is in the report.
  [[nodiscard]] Task<void> prepare(const std::vector<std::string>& sections, config::Report& report);
  // Gives them what bind_next() has set. One that fails leaves all of them as they were, and is thrown.
  [[nodiscard]] Task<void> apply(const std::vector<std::string>& sections, config::Tree& before);
  // Replaces the values that handlers and modules read as Config and Live, and tells who watches them.
  void publish(const std::vector<std::string>& sections);

  // Calls f(section, name, type, value) for what bind() has set, or bind_next() where it is going to hold:
  // the options of modules, and Config<T>. Before open_all() or apply(), which hand the options over.
  using OptionsVisitor = std::function<void(std::string_view section, std::string_view name, const Type& type,
                                            const void* value)>;
  void each_options(const OptionsVisitor& f) const;

  // The threads that modules may spread over; before open_all().
  void set_workers(Workers& workers) noexcept { workers_ = &workers; }
  // Opens all that are wanted, each after what it depends on. Throws Error with the module's name before the
  // message.
  [[nodiscard]] Task<void> open_all();
  // Calls the drain functions, in the reverse order of opening.
  [[nodiscard]] Task<void> drain();
  // Ends background work and closes, in reverse order. Failures are logged.
  [[nodiscard]] Task<void> close_all();

  // "redis(default, sessions), store": for the start-up summary.
  [[nodiscard]] std::string summary() const;

  // ---- Setup::Host
  [[nodiscard]] Task<void*> module(const Recipe& recipe, std::string name, const Setup& asking) override;
  void add_health(std::string name, HealthIndicator indicator, bool for_readiness) override;
  void add_drain(const Setup& owner, std::function<Task<void>()> on_drain) override;
  void add_background(const Setup& owner, Task<void> work) override;
  [[nodiscard]] Workers* workers() noexcept override { return workers_; }
  [[nodiscard]] Metrics& metrics() noexcept override { return metrics_; }
  [[nodiscard]] std::shared_ptr<config::LiveCell> live(const std::type_info& type,
                                                       const ConfigRecipe& recipe) override;

 private:
  struct Instance;
  struct Value;
  std::shared_ptr<config::LiveCell>& cell(const std::type_info& type, const ConfigRecipe& recipe);
  Instance* find(const std::type_info& type, std::string_view name) noexcept;
  Instance& instance_of(const Setup& setup) noexcept;
  [[nodiscard]] Task<void> open(Instance& instance);

  HealthRegistry& health_;
  Metrics& metrics_;
  Workers* workers_ = nullptr;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::unique_ptr<Value>> values_;
  std::vector<Instance*> opened_;   // in order
  std::vector<Instance*> opening_;  // the chain that is being opened now
  config::Tree* tree_ = nullptr;
};

}  // namespace ngo::app
