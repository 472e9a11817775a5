#include <ctime>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/net/tls_client_context_impl.hpp"
#include "ngo/net/tls_files_impl.hpp"
#include "ngo/net/tls_session_impl.hpp"

namespace ngo::tls {
namespace {

int keep_session(SSL* ssl, SSL_SESSION* session) { return SessionImpl::of(ssl).keep(session) ? 1 : 0; }

}  // namespace

void ResumptionStore::put(const std::string& key, ResumptionPointer session) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= kKeys && sessions_.find(key) == sessions_.end()) sessions_.erase(sessions_.begin());
  std::vector<ResumptionPointer>& kept = sessions_[key];
  if (kept.size() >= kPerKey) kept.erase(kept.begin());
  kept.push_back(std::move(session));
}

ResumptionPointer ResumptionStore::take(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto found = sessions_.find(key);
  if (found == sessions_.end()) return nullptr;
  std::vector<ResumptionPointer>& kept = found->second;
  while (!kept.empty()) {
    SSL_SESSION* const newest = kept.back().get();
    const bool alive = SSL_SESSION_is_resumable(newest) == 1 &&
                       SSL_SESSION_get_time(newest) + SSL_SESSION_get_timeout(newest) > std::time(nullptr);
    if (alive && SSL_SESSION_get_protocol_version(newest) != TLS1_3_VERSION) {
      SSL_SESSION_up_ref(newest);
      return ResumptionPointer(newest);
    }
    ResumptionPointer taken = std::move(kept.back());
    kept.pop_back();
    if (alive) return taken;
  }
  sessions_.erase(found);
  return nullptr;
}

void ResumptionStore::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(key);
}

std::size_t ResumptionStore::size() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [key, kept] : sessions_) sum += kept.size();
  return sum;
}

std::string ClientContextOptions::validate() const {
  if (cert.empty() != key.empty()) return "cert and key belong together: both, or none";
  if (!verify && (!ca.empty() || !crl.empty()))
    return "ca and crl have no effect with verify: false; leave that out to have servers verified";
  return "";
}

ClientContext::Impl::Impl(ClientContextOptions its_options)
    : options((start_openssl(), std::move(its_options))), alpn(alpn_to_wire(options.alpn)) {
  const std::string wrong = options.validate();
  if (!wrong.empty()) throw Error(Code::invalid_argument, wrong);
  const ContextRules rules{options.min_version, Version::tls13, options.ciphers, options.cipher_suites,
                           options.curves};
  context = make_context(TLS_client_method(), rules);
  if (options.verify) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &SessionImpl::on_verify);
    if (options.ca.empty()) SSL_CTX_set_default_verify_paths(context.get());
    trust(context.get(), options.ca, options.crl);
  }
  if (!options.cert.empty())
    use_key_pair(context.get(), load_key_pair(options.cert, options.key, options.key_password), options.cert);
  if (!options.resumption) {
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return;
  }
  store = std::make_shared<ResumptionStore>();
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), &keep_session);
}

ClientContext::ClientContext() : ClientContext(ClientContextOptions()) {}
ClientContext::ClientContext(ClientContextOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ClientContext::~ClientContext() = default;

const ClientContextOptions& ClientContext::options() const noexcept { return impl_->options; }
std::size_t ClientContext::kept_sessions() const { return impl_->store ? impl_->store->size() : 0; }

}  // namespace ngo::tls
