// The life of an App after its configuration has been found good. Everything here runs on the supervisor's
// loop, which belongs to the main thread.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "ngo/app/app_impl.hpp"
#include "ngo/app/sources/sources.hpp"
#include "ngo/app/telemetry/pool_metrics.hpp"
#include "ngo/app/telemetry/trace_metrics.hpp"
#include "ngo/log/crash.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/writer.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/version.hpp"

namespace ngo {
namespace {

// For what was counted last, when the service stops.
constexpr std::chrono::seconds kLastTelemetry{3};

void log_unhandled(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& what) {
    log::error("detached work failed: {}", what.what());
  } catch (...) {
    log::error("detached work failed with something that is no std::exception");
  }
}

std::string_view signal_name(int number) {
  switch (number) {
    case SIGINT: return "SIGINT";
    case SIGQUIT: return "SIGQUIT";
    default: return "SIGTERM";
  }
}

void log_health(std::string_view component, HealthStatus status, std::string_view reason) {
  if (status == HealthStatus::up) {
    log::info("health: {} is up", component);
  } else {
    log::warn("health: {} is {}: {}", component, to_string(status), reason);
  }
}

void report_blocked(const Watchdog::Report& report) {
  auto held = std::chrono::duration_cast<std::chrono::milliseconds>(report.held_for).count();
  std::string_view work = report.work == nullptr ? "its own work" : report.work;
  if (report.ended) {
    log::warn("worker {} was held for {} ms by {}", report.worker, held, work);
    return;
  }
  std::string frames;
  for (const std::string& frame : report.stack) {
    if (!frames.empty()) frames += " < ";
    frames += frame;
  }
  log::with({{"stack", frames}})
      .at(log::Level::warn, "worker {} is held since {} ms by {}; it serves nothing else meanwhile",
          report.worker, held, work);
}

}  // namespace

App::Impl::Impl(App& the_app, int argc, char** argv, AppInfo its_info)
    : app(the_app),
      info(its_info),
      began(Clock::real().now()),
      command_line(config::parse_command_line(argc, argv)) {
  app::block_stop_signals();
  app::add_remote_sources(sources);
}

int App::Impl::run() {
  if (!command_line.mistakes.empty()) {
    for (const std::string& mistake : command_line.mistakes) std::fprintf(stderr, "%s\n", mistake.c_str());
    std::fprintf(stderr, "%s --help lists the flags\n", command_line.program.c_str());
    return config::kUsageError;
  }
  if (command_line.help) {
    std::fputs(config::command_line_help(command_line.program).c_str(), stdout);
    return 0;
  }
  if (command_line.version) {
    std::string_view version = info.version.empty() ? "(no version)" : info.version;
    std::fprintf(stdout, "%s %.*s, ngo %.*s\n", command_line.program.c_str(),
                 static_cast<int>(version.size()), version.data(), static_cast<int>(kVersion.size()),
                 kVersion.data());
    return 0;
  }
  config::Report report;
  {
    const auto step = startup.step("ngo.configure");
    configure(report);
  }
  // Sources that were read are closed, however this ends.
  bool runs = false;
  const auto close_sources = [&](void*) {
    if (!runs && !config_sources.empty()) loop.block_on(config_sources.close());
  };
  const std::unique_ptr<void, decltype(close_sources)> closing(this, close_sources);
  if (command_line.print_config_schema) {  // it holds whatever is written in the files
    std::fputs(config::json_schema(tree.known(), service_name()).c_str(), stdout);
    return 0;
  }
  if (!command_line.explain_config.empty()) {
    bool found = false;
    std::fputs(tree.explain(command_line.explain_config, found).c_str(), stdout);
    return found ? 0 : config::kStartError;
  }
  if (command_line.print_config) std::fputs(tree.dump().c_str(), stdout);
  for (const config::Finding& finding : report.warnings()) {
    std::fprintf(stderr, "warning: %s\n", finding.to_string().c_str());
  }
  if (!report.empty()) {
    std::fprintf(stderr, "%s cannot start; %zu %s:\n%s\n", command_line.program.c_str(), report.size(),
                 report.size() == 1 ? "mistake" : "mistakes", report.to_string().c_str());
    return config::kStartError;
  }
  if (command_line.check_config) std::fputs("the configuration is good\n", stdout);
  if (command_line.check_config || command_line.print_config) return 0;

  int code = config::kStartError;
  try {
    {
      const auto step = startup.step("ngo.log");
      log::configure(log_options);
      log::start_writer();
      log::install_crash_handler();
    }
    {
      const auto step = startup.step("ngo.threads");
      make_servers();
      observe();
      tracing->start();
    }
    runs = true;
    code = loop.block_on(live());
  } catch (const std::exception& error) {
    log::error("cannot start: {}", error.what());
  }
  collections.clear();
  watchdog.reset();
  if (workers_are_stuck) {  // their threads cannot be joined
    log::flush();
    std::_Exit(code);
  }
  if (workers) workers->stop();
  loop_probes.reset();
  log::stop_writer();
  log_metrics.reset();
  return code;
}

void App::Impl::make_servers() {
  workers = std::make_unique<Workers>(runtime.workers);
  modules->set_workers(*workers);
  BlockingPool::Options blocking;
  blocking.threads = runtime.blocking_threads;
  blocking.queue = runtime.blocking_queue;
  BlockingPool::shared().set_options(blocking);
  set_unhandled_error(&log_unhandled);
  if (runtime.blocked_worker_limit > Duration::zero()) {
    Watchdog::Options options;
    options.limit = runtime.blocked_worker_limit;
    watchdog = std::make_unique<Watchdog>(*workers, options, [this](const Watchdog::Report& report) {
      blocked.add(report);
      report_blocked(report);
    });
  }
  std::vector<EventLoop*> loops;
  loops.reserve(workers->size());
  for (std::size_t i = 0; i < workers->size(); ++i) loops.push_back(&workers->loop(i));
  http::Server::Parts parts;
  parts.maintenance = maintenance;
  if (metrics_options.enabled) parts.metrics = &metrics;
  parts.metrics_compat = metrics_options.compat;
  parts.tracing = tracing->for_servers();
  server = std::make_unique<http::Server>(server_options, *table, loops, std::move(parts));
  if (ops_table) {
    ops_server =
        std::make_unique<http::Server>(ops_server_options, *ops_table, std::vector<EventLoop*>{&loop});
  }
  signals = std::make_unique<app::StopSignals>(loop, [this](int number) { on_signal(number); });
}

void App::Impl::observe() {
  metrics.on_problem([](const std::string& problem) { log::get("metrics").warn("{}", problem); });
  if (!metrics_options.enabled) return;
  log_metrics = std::make_unique<app::LogMetrics>(metrics);
  loop_probes = std::make_unique<app::LoopProbes>(metrics, *workers);
  collections.push_back(app::process_metrics(metrics, began));
  collections.push_back(app::runtime_metrics(metrics, *workers, watchdog.get()));
  collections.push_back(app::server_metrics(metrics, *server));
  collections.push_back(app::pool_metrics(metrics, modules->pools()));
  if (tracing->tracer().enabled()) collections.push_back(app::trace_metrics(metrics, *tracing));
  collections.push_back(app::tls_metrics(metrics, tls_listeners()));
}

Task<int> App::Impl::live() {
  bool started = false;
  try {
    co_await start();
    started = true;
  } catch (const std::exception& error) {
    log::error("cannot start: {}", error.what());
  }
  if (started) co_await stop_wanted.wait();
  co_await stop(started);
  if (!started) co_return 1;
  co_return second_signal == 0 ? 0 : 128 + second_signal;
}

// Since the phase before ended; the first began with the process.
void App::Impl::end_phase(const char* name) {
  const TimePoint now = loop.clock().now();
  const TimePoint since = std::exchange(phase_began, now);
  if (!metrics_options.enabled) return;
  metrics.gauge("ngo.startup.duration", "s", "how long each phase of the start has taken")
      .with({{"ngo.startup.phase", name}})
      .set(std::chrono::duration<double>(now - since).count());
}

// What is opened here stop() closes, however far it came.
Task<void> App::Impl::start() {
  const auto all = startup.step("ngo.start");
  end_phase("configuration");
  {
    const auto step = startup.step("ngo.modules");
    co_await modules->open_all();
  }
  table->bind(*modules);
  if (ops_table) ops_table->bind(*modules);
  end_phase("modules");
  {
    const auto step = startup.step("ngo.preStart");
    co_await run_hooks(pre_start, "pre_start");
  }
  end_phase("pre_start");
  {
    const auto step = startup.step("ngo.listen");
    // The ops port first: whoever asks while the service starts is told that it is not ready.
    if (ops_server) co_await ops_server->start();
    co_await modules->warm_up(runtime.warm_up_timeout);
    co_await server->start();
  }
  end_phase("listen");
  {
    const auto step = startup.step("ngo.afterStart");
    co_await run_hooks(after_start, "after_start");
  }
  end_phase("after_start");
  health->set_online(health->options().auto_online);
  health_checks.start(health->run(&log_health));
  metrics_export = std::make_unique<app::MetricsExport>(metrics, resource, metrics_options, metrics_sinks);
  if (metrics_export->wanted()) metrics_push.start(metrics_export->run());
  tracing_work.start(tracing->run());
  log_start();
  if (command_line.watch) config_work.start(live_config->watch());
  register_instance();
  app::notify_supervisor("READY=1");
}

void App::Impl::register_instance() {
  if (!admin_options.enabled || admin_options.url.empty() || !ops_server) return;
  auto url = [](const http::Server& one) {
    const net::Address& address = one.address();
    // What listens everywhere is reached at one place.
    const std::string host =
        address.to_string().starts_with("0.0.0.0:") || address.to_string().starts_with("[::]:")
            ? app::reachable_address() + ":" + std::to_string(address.port())
            : address.to_string();
    return (one.tls() != nullptr ? "https://" : "http://") + host;
  };
  app::AdminInstance instance = admin_options.instance;
  if (instance.name.empty()) instance.name = service_name();
  if (instance.service_url.empty()) instance.service_url = url(*server);
  if (instance.management_url.empty()) instance.management_url = url(*ops_server) + ops.base_path;
  if (instance.health_url.empty()) instance.health_url = instance.management_url + "/health";
  admin = std::make_unique<app::AdminRegistration>(admin_options, std::move(instance), startup.began(),
                                                   [this] { return health->refresh(); });
  admin_work.start(admin->run());
}

Task<void> App::Impl::stop(bool started) {
  const TimePoint began_stop = loop.clock().now();
  app::notify_supervisor("STOPPING=1");
  health->set_online(false);
  co_await config_work.end();
  co_await admin_work.end();
  if (admin) co_await admin->end();
  if (first_signal != 0) log::info("stopping: received {}", signal_name(first_signal));
  co_await run_stop_hooks(before_stop, "before_stop");

  // Serve on while load balancers notice.
  co_await server->announce_stop();
  if (started) co_await wait_unless_hurried(server_options.shutdown_delay);
  co_await modules->drain();
  std::int64_t waiting_for = server->in_flight();
  if (waiting_for > 0) log::info("waiting for {} requests in flight", waiting_for);
  std::size_t broken =
      co_await server->stop(hurry.is_set() ? Duration::zero() : Duration(server_options.shutdown_timeout));
  if (broken > 0) log::warn("{} requests did not end in time and were broken off", broken);
  workers_are_stuck = !co_await workers_respond();
  if (!workers_are_stuck)
    co_await end_detached(began_stop + server_options.shutdown_delay + server_options.shutdown_timeout);
  co_await run_stop_hooks(after_stop, "after_stop");
  if (metrics_export) {
    co_await metrics_push.end();
    co_await metrics_export->finish(kLastTelemetry);
  }
  // From here on nobody may ask the modules anything.
  co_await health_checks.end();
  co_await tracing_work.end();
  tracing->tracer().stop();
  co_await tracing->finish(kLastTelemetry);
  if (ops_server) co_await ops_server->stop(Duration::zero());
  co_await modules->close_all();
  co_await config_sources.close();
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(loop.clock().now() - began_stop).count();
  log::info("stopped in {} ms", took);
}

Task<void> App::Impl::end_detached(TimePoint end) {
  const std::atomic<bool>* hurried = &hurried_;
  for (std::size_t i = 0; i < workers->size(); ++i) {
    auto wait = [end, hurried]() -> Task<void> {
      EventLoop& here = EventLoop::current();
      while (here.detached_count() > 0 && here.now() < end && !*hurried)
        co_await sleep(std::chrono::milliseconds(5));
      here.cancel_detached();
      const TimePoint patience = here.now() + std::chrono::milliseconds(500);
      while (here.detached_count() > 0 && here.now() < patience) co_await sleep(std::chrono::milliseconds(1));
    };
    co_await run_on(workers->loop(i), wait);
  }
}

Task<bool> App::Impl::workers_respond() {
  auto answered = std::make_shared<std::vector<std::atomic<bool>>>(workers->size());
  for (std::size_t i = 0; i < workers->size(); ++i) {
    workers->loop(i).post([answered, i] { (*answered)[i] = true; });
  }
  const TimePoint end = loop.clock().now() + std::chrono::seconds(1);
  for (std::size_t i = 0; i < workers->size(); ++i) {
    while (!(*answered)[i]) {
      if (loop.clock().now() > end) {
        const char* work = workers->loop(i).activity().work;
        log::error("worker {} does not come back from {}; leaving without it", i,
                   work == nullptr ? "its work" : work);
        co_return false;
      }
      co_await sleep(std::chrono::milliseconds(1));
    }
  }
  co_return true;
}

Task<void> App::Impl::run_hooks(std::vector<Step>& hooks, const char* stage) {
  for (Step& step : hooks) {
    try {
      co_await with_timeout(step.limit, step.hook());
    } catch (const std::exception& error) {
      throw Error(Code::aborted, std::string("the hook ") + stage + " failed: " + error.what());
    }
  }
}

Task<void> App::Impl::run_stop_hooks(std::vector<Step>& hooks, const char* stage) {
  for (Step& step : hooks) {
    try {
      co_await with_timeout(step.limit, step.hook());
    } catch (const std::exception& error) {
      log::error("the hook {} failed: {}", stage, error.what());
    }
  }
}

Task<void> App::Impl::wait_unless_hurried(Duration time) {
  if (time <= Duration::zero() || hurry.is_set()) co_return;
  auto wait = [](Event& event) -> Task<void> { co_await event.wait(); };
  try {
    co_await with_timeout(time, wait(hurry));
  } catch (const Error&) {
    // The time is over: what was waited for.
  }
}

void App::Impl::on_signal(int number) {
  if (first_signal == 0) {
    first_signal = number;
    stop_wanted.set();
    if (number != SIGQUIT || !server_options.quit_stops_at_once) return;
  } else if (second_signal == 0) {
    second_signal = number;
    log::warn("a second signal: not waiting for requests any more");
  } else {
    _exit(128 + number);
  }
  hurry.set();
  hurried_ = true;
  if (server) server->hurry();
}

void App::Impl::log_start() const {
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(loop.clock().now() - began).count();
  std::string text = service_name();
  if (!info.version.empty()) text.append(" ").append(info.version);
  text += " started in " + std::to_string(took) + " ms with ngo " + std::string(kVersion);
  auto url = [](const http::Server& one) {
    return (one.tls() != nullptr ? "https://" : "http://") + one.address().to_string();
  };
  text += ": " + url(*server);
  if (ops_server) text += ", ops " + url(*ops_server);
  text += ", " + std::to_string(workers->size()) + (workers->size() == 1 ? " worker" : " workers");
  text += ", configuration: " + tree.sources();
  std::string parts = modules->summary();
  if (!parts.empty()) text += ", modules: " + parts;
  log::info("{}", text);
}

}  // namespace ngo
