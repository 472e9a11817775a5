// What a new configuration does to an App that runs: which of its parts take which options over. On the
// supervisor's loop.
#include <algorithm>

#include "ngo/app/app_impl.hpp"
#include "ngo/base/text.hpp"

namespace ngo {
namespace {

bool is_one_of(const std::vector<std::string>& sections, std::string_view section) {
  return std::any_of(sections.begin(), sections.end(),
                     [&](const std::string& each) { return same_name(each, section); });
}

}  // namespace

void App::Impl::make_live_config() {
  app::LiveConfig::Host host;
  host.load = [this](config::Report& report) {
    return config::Tree::load(command_line, info.default_config, environment, report, config_sources);
  };
  host.bind = [this](config::Tree& next, config::Report& report) { bind_next(next, report); };
  host.prepare = [this](const std::vector<std::string>& sections, config::Report& report) {
    return prepare_next(sections, report);
  };
  host.apply = [this](const std::vector<std::string>& sections) { return apply_next(sections); };
  host.tree = &tree;
  host.sources = &config_sources;
  host.metrics = &metrics;
  live_config = std::make_unique<app::LiveConfig>(std::move(host));
}

void App::Impl::bind_next(config::Tree& next, config::Report& report) {
  next_sections = std::make_unique<app::Sections>();
  next_tree = &next;
  next_sections->bind(next, report);
  modules->bind_next(next, report);
  next.report_unclaimed(report);
}

Task<void> App::Impl::prepare_next(const std::vector<std::string>& sections, config::Report& report) {
  next_settings.reset();
  if (is_one_of(sections, "httpServer")) prepare_server(report);
  if (is_one_of(sections, "tracing")) {
    if (std::string mistake = app::Tracing::check_sampling(next_sections->tracing_options); !mistake.empty())
      report.error({}, "tracing.sampling", std::move(mistake));
  }
  co_await modules->prepare(sections, report);
}

void App::Impl::prepare_server(config::Report& report) {
  http::ServerOptions options = http::with_live(server_options, next_sections->server_options);
  if (!tracing->tracer().enabled()) options.middlewares.tracing.enabled = false;
  auto routes = std::make_shared<http::RouteTable>(app, options, *table);
  for (const std::string& problem : routes->problems()) report.error({}, "", problem);
  if (!report.empty()) return;
  try {
    next_settings = server->prepare(std::move(options), std::move(routes));
  } catch (const Error& error) {
    report.error({}, "httpServer", error.message());
  }
}

Task<void> App::Impl::apply_next(const std::vector<std::string>& sections) {
  JsonValue properties = config_properties;
  describe_modules(properties, *next_tree);
  co_await modules->apply(sections, tree);
  // From here on nothing fails.
  if (is_one_of(sections, "log")) apply_log();
  if (next_settings) {
    server_options = next_settings->options;
    co_await server->apply(std::move(next_settings));
  }
  if (is_one_of(sections, "tracing")) {
    tracing->apply_sampling(next_sections->tracing_options);
    tracing_options.sampling = next_sections->tracing_options.sampling;
    tracing_options.pinpoint.sampling = next_sections->tracing_options.pinpoint.sampling;
  }
  modules->publish(sections);
  describe_sections(properties);
  config_properties = std::move(properties);
}

// Of each logger whose entry has changed, so that what was set at the ops port stays elsewhere.
void App::Impl::apply_log() {
  const auto entry_of = [](const std::vector<log::Options>& all, const std::string& name) {
    for (const log::Options& each : all) {
      if (each.name == name) return each;
    }
    log::Options none;
    none.name = name;
    return none;
  };
  std::vector<std::string> names;
  for (const auto* const all : {&log_options, &next_sections->log_options}) {
    for (const log::Options& each : *all) {
      if (std::find(names.begin(), names.end(), each.name) == names.end()) names.push_back(each.name);
    }
  }
  for (const std::string& name : names) {
    const log::Options before = entry_of(log_options, name);
    const log::Options after = entry_of(next_sections->log_options, name);
    log::Logger& logger = log::get(name);
    if (before.level != after.level) {
      if (after.level) {
        logger.set_level(*after.level);
      } else {
        logger.clear_level();
      }
    }
    if (before.writable_stack != after.writable_stack) logger.set_stack(after.writable_stack);
  }
  log_options = next_sections->log_options;
}

}  // namespace ngo
