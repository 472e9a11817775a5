#include "ngo/app/app.hpp"

#include <cstdio>

#include "ngo/app/app_impl.hpp"

namespace ngo {

App::App(int argc, char** argv, AppInfo info) : impl_(std::make_unique<Impl>(*this, argc, argv, info)) {}
App::~App() = default;

App& App::pre_start(Hook hook, Duration limit) {
  impl_->pre_start.push_back({std::move(hook), limit});
  return *this;
}
App& App::after_start(Hook hook, Duration limit) {
  impl_->after_start.push_back({std::move(hook), limit});
  return *this;
}
App& App::before_stop(Hook hook, Duration limit) {
  impl_->before_stop.push_back({std::move(hook), limit});
  return *this;
}
App& App::after_stop(Hook hook, Duration limit) {
  impl_->after_stop.push_back({std::move(hook), limit});
  return *this;
}

App& App::liveness(std::function<bool()> alive) {
  impl_->alive = std::move(alive);
  return *this;
}

App& App::health(std::string name, HealthIndicator indicator, bool for_readiness) {
  impl_->indicators.push_back({std::move(name), std::move(indicator), for_readiness});
  return *this;
}

App& App::config_source(std::string scheme, config::DataSources::Make make) {
  impl_->sources.add(std::move(scheme), std::move(make));
  return *this;
}

App& App::guard(Guard guard) {
  impl_->guards.push_back(std::move(guard));
  return *this;
}

void App::want(const app::Recipe& recipe, std::string_view name) {
  impl_->wanted.push_back({&recipe, std::string(name)});
}

Maintenance& App::maintenance() noexcept { return *impl_->maintenance; }

App& App::trace_exporter(std::unique_ptr<trace::Exporter> exporter) {
  impl_->trace_exporter = std::move(exporter);
  return *this;
}

App& App::metrics_sink(std::shared_ptr<MetricsSink> sink) {
  impl_->metrics_sinks.push_back(std::move(sink));
  return *this;
}

Metrics& App::metrics() noexcept { return impl_->metrics; }

void App::stop() noexcept {
  impl_->loop.post([impl = impl_.get()] { impl->stop_wanted.set(); });
}

int App::run() { return impl_->run(); }

}  // namespace ngo
