// The certificates of a server: made with it, looked after by the supervisor's loop while it runs.
#include "ngo/base/error.hpp"
#include "ngo/http/server.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

void log_warnings(const ngo::tls::ServerContext& context) {
  for (const std::string& warning : context.warnings()) log::warn("TLS: {}", warning);
}

}  // namespace

void Server::make_tls() {
  if (!settings_->options.tls) return;
  ngo::tls::ServerOptions options = *settings_->options.tls;
  if (options.alpn.empty()) {
    if (settings_->options.http2.enabled) options.alpn.emplace_back("h2");
    options.alpn.emplace_back("http/1.1");
  }
  tls_ = std::make_unique<ngo::tls::ServerContext>(std::move(options));
}

void Server::watch_certificates() {
  if (!tls_) return;
  log_warnings(*tls_);
  if (tls_->options().reload_check <= Duration::zero()) return;
  supervisor_ = &EventLoop::current();
  supervisor_->timers().arm(certificates_timer_, supervisor_->now() + tls_->options().reload_check);
}

void Server::look_at_certificates() noexcept {
  supervisor_->timers().arm(certificates_timer_, supervisor_->now() + tls_->options().reload_check);
  if (!looks_at_certificates_) spawn_detached(reload_certificates());
}

Task<void> Server::reload_certificates() {
  looks_at_certificates_ = true;
  try {
    auto look = [context = tls_.get()] { return context->reload_if_changed(); };
    const bool reloaded = co_await blocking(look);
    if (reloaded) {
      log::info("TLS: new certificates are in use");
      log_warnings(*tls_);
    }
  } catch (const Error& error) {
    log::error("TLS: the new certificates are not used, the old ones stay: {}", error.message());
  }
  looks_at_certificates_ = false;
}

Task<void> Server::leave_certificates() {
  certificates_timer_.disarm();
  while (looks_at_certificates_) co_await sleep(std::chrono::milliseconds(1));
}

}  // namespace ngo::http
