// The life of an App after its configuration has been found good. Everything here runs on the supervisor's loop, which
// belongs to the main thread.
#include <unistd.h>

#include <cstdlib>

#include "ngo/app/app_impl.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/version.hpp"

namespace ngo {
namespace {

void log_unhandled(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& what) {
    log::error("detached work failed: {}", what.what());
  } catch (...) {
    log::error("detached work failed with something that is no std::exception");
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
  for (const std::string& frame : report.stack) frames += "\n    " + frame;
  log::warn("worker {} is held since {} ms by {}; it serves nothing else meanwhile{}", report.worker, held, work, frames);
}

}  // namespace

Task<int> App::Impl::live() {
  bool started = false;
  try {
    co_await start();
    started = true;
  } catch (const std::exception& error) {
    log::error("cannot start: {}", error.what());
  }
  if (started) co_await stop_wanted.wait();
  co_await stop();
  if (!started) co_return 1;
  co_return second_signal == 0 ? 0 : 128 + second_signal;
}

// What is opened here stop() closes, however far it came.
Task<void> App::Impl::start() {
  co_await modules->open_all();
  table->bind(*modules);
  if (ops_table) ops_table->bind(*modules);
  co_await run_hooks(pre_start, "pre_start");
  // The ops port first: whoever asks while the service starts is told that it is not ready.
  if (ops_server) co_await ops_server->start();
  co_await server->start();
  co_await run_hooks(after_start, "after_start");
  health->set_online(health->options().auto_online);
  log_start();
  app::notify_supervisor("READY=1");
}

Task<void> App::Impl::stop() {
  const TimePoint began_stop = loop.clock().now();
  app::notify_supervisor("STOPPING=1");
  health->set_online(false);
  if (first_signal != 0) log::info("stopping: received {}", first_signal == SIGINT ? "SIGINT" : first_signal == SIGQUIT ? "SIGQUIT" : "SIGTERM");
  co_await run_stop_hooks(before_stop, "before_stop");

  // Serve on while load balancers notice.
  co_await server->announce_stop();
  co_await wait_unless_hurried(server_options.shutdown_delay);
  co_await modules->drain();
  std::int64_t waiting_for = server->in_flight();
  if (waiting_for > 0) log::info("waiting for {} requests in flight", waiting_for);
  std::size_t broken = co_await server->stop(hurry.is_set() ? Duration::zero() : Duration(server_options.shutdown_timeout));
  if (broken > 0) log::warn("{} requests did not end in time and were broken off", broken);
  co_await run_stop_hooks(after_stop, "after_stop");
  co_await modules->close_all();
  if (ops_server) co_await ops_server->stop(Duration::zero());
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(loop.clock().now() - began_stop).count();
  log::info("stopped in {} ms", took);
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
  if (server) server->hurry();
}

void App::Impl::log_start() const {
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(loop.clock().now() - began).count();
  std::string text = service_name();
  if (!info.version.empty()) text.append(" ").append(info.version);
  text += " started in " + std::to_string(took) + " ms with ngo " + std::string(kVersion);
  text += ": http://" + server->address().to_string();
  if (ops_server) text += ", ops http://" + ops_server->address().to_string();
  text += ", " + std::to_string(workers->size()) + (workers->size() == 1 ? " worker" : " workers");
  text += ", configuration " + tree.source();
  std::string parts = modules->summary();
  if (!parts.empty()) text += ", modules " + parts;
  log::info("{}", text);
  set_unhandled_error(&log_unhandled);
}

}  // namespace ngo
