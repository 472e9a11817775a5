// The certificates of a server: made with it, looked after by the supervisor's loop while it runs.
#include "ngo/base/error.hpp"
#include "ngo/http/server.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/detached.hpp"

namespace ngo::http {
namespace {

void log_warnings(const ngo::tls::ServerContext& context) {
  for (const std::string& warning : context.warnings()) log::warn("TLS: {}", warning);
}

// Reads what has changed. Keeps the context by itself, so the server may go meanwhile.
Task<void> reload(std::shared_ptr<ngo::tls::ServerContext> context) {
  bool reloaded = false;
  try {
    auto look = [&context] { return context->reload_if_changed(); };
    reloaded = co_await blocking(look);
  } catch (const Error& error) {
    log::error("TLS: the new certificates are not used, the old ones stay: {}", error.message());
  }
  if (!reloaded) co_return;
  log::info("TLS: new certificates are in use");
  log_warnings(*context);
}

}  // namespace

void Server::make_tls() {
  if (!options_.tls) return;
  ngo::tls::ServerOptions options = *options_.tls;
  if (options.alpn.empty()) options.alpn = {"http/1.1"};
  tls_ = std::make_shared<ngo::tls::ServerContext>(std::move(options));
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
  spawn_detached(reload(tls_));
}

}  // namespace ngo::http
