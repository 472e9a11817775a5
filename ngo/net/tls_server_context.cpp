#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/net/tls_files_impl.hpp"
#include "ngo/net/tls_server_context_impl.hpp"
#include "ngo/net/tls_session_impl.hpp"

namespace ngo::tls {
namespace {

constexpr auto kExpiresSoon = std::chrono::hours(24 * 14);

// A certificate of the configuration with what was found in its files.
struct Loaded {
  KeyPair pair;
  std::vector<std::string> names;  // in lower case, sorted
  std::string staple;
  const CertificateOptions* options;
};

std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += ascii_lower(c);
  if (!result.empty() && result.back() == '.') result.pop_back();
  return result;
}

int snapshot_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

const ServerSnapshot& snapshot_of(SSL* ssl) {
  return *static_cast<const ServerSnapshot*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), snapshot_index()));
}

int choose_certificate(SSL* ssl, int*, void* argument) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  bool found = false;
  SSL_CTX* context = static_cast<const ServerSnapshot*>(argument)->find(name, found);
  if (!found) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, context);
  return SSL_TLSEXT_ERR_OK;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void* argument) {
  const std::string& ours = static_cast<const ServerSnapshot*>(argument)->alpn;
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int encrypt) {
  const int verdict = snapshot_of(ssl).tickets->use(Clock::real().now(), name, iv, cipher, mac, encrypt == 1);
  // In TLS 1.3 each ticket is for one use, so whoever comes with one gets another (RFC 8446, C.4).
  return verdict == 1 && encrypt == 0 && SSL_version(ssl) == TLS1_3_VERSION ? 2 : verdict;
}

// The staple hangs on the certificate that was chosen, as the application's data of its X509.
int staple_index() {
  static const int index = X509_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int give_staple(SSL* ssl, void*) {
  X509* const certificate = SSL_get_certificate(ssl);
  if (certificate == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const auto* staple = static_cast<const std::string*>(X509_get_ex_data(certificate, staple_index()));
  if (staple == nullptr) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(staple->data(), staple->size());
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple->size()));
  return SSL_TLSEXT_ERR_OK;
}

void set_up_clients(SSL_CTX* context, const ServerOptions& options) {
  // Tickets say which rules for clients they were given under; under others they are not taken.
  std::string rules = std::to_string(static_cast<int>(options.client_auth));
  if (options.client_auth != ClientAuth::none) {
    trust(context, options.client_ca, options.client_crl);
    for (const CertificatePointer& each : load_certificates(options.client_ca, "the CA file"))
      SSL_CTX_add_client_CA(context, each.get());
    SSL_CTX_set_verify(
        context,
        SSL_VERIFY_PEER | (options.client_auth == ClientAuth::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        &SessionImpl::on_verify);
    rules += read_file(options.client_ca, "the CA file");
    if (!options.client_crl.empty())
      rules += read_file(options.client_crl, "the list of revoked certificates");
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(rules.data()), rules.size(), digest);
  SSL_CTX_set_session_id_context(context, digest, sizeof digest);
}

void set_up_sessions(SSL_CTX* context, const ServerOptions& options) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!options.session_tickets) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.session_lifetime).count();
  SSL_CTX_set_timeout(context, static_cast<long>(seconds));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &use_ticket_key);
}

std::vector<Loaded> load_all(const ServerOptions& options, ServerSnapshot& snapshot) {
  std::vector<Loaded> all;
  for (const CertificateOptions& each : options.certificates) {
    Loaded loaded{load_key_pair(each.cert, each.key, each.key_password), {}, {}, &each};
    X509* const leaf = loaded.pair.chain.front().get();
    for (const std::string& name : each.names.empty() ? names_of(leaf) : each.names)
      loaded.names.push_back(lower(name));
    std::sort(loaded.names.begin(), loaded.names.end());
    if (!each.ocsp_staple.empty()) loaded.staple = load_ocsp_answer(each.ocsp_staple, snapshot.warnings);
    const SystemTime expires = to_system_time(X509_get0_notAfter(leaf));
    if (expires < std::chrono::system_clock::now() + kExpiresSoon) {
      snapshot.warnings.push_back("the certificate in " + each.cert + " (" + subject_of(leaf) +
                                  ") expires on " + to_text(X509_get0_notAfter(leaf)));
    }
    snapshot.expires = std::min(snapshot.expires, expires);
    snapshot.certificates.push_back(
        {each.cert, subject_of(leaf), loaded.names, expires, !loaded.staple.empty()});
    all.push_back(std::move(loaded));
  }
  return all;
}

}  // namespace

std::string ServerOptions::validate() const {
  if (certificates.empty()) return "certificates: at least one is needed, with cert and key";
  if (min_version > max_version) return "minVersion is above maxVersion, so no version is left";
  if (client_auth != ClientAuth::none && client_ca.empty())
    return "clientAuth needs clientCa: the file that says who signs the clients' certificates";
  if (client_auth == ClientAuth::none && !client_ca.empty())
    return "clientCa has no effect without clientAuth: optional or required";
  if (session_lifetime < std::chrono::minutes(1) || session_lifetime > std::chrono::hours(24 * 7))
    return "sessionLifetime: expected 1m to 7d (RFC 8446, 4.6.1)";
  if (!session_tickets && !ticket_key_files.empty())
    return "ticketKeyFiles have no effect without sessionTickets";
  return "";
}

SSL_CTX* ServerSnapshot::find(std::string name, bool& found) const {
  name = lower(name);
  auto at = exact.find(name);
  found = at != exact.end();
  if (found) return contexts[at->second].get();
  // A star stands for the first label alone (RFC 6125, 6.4.3).
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos && dot > 0) {
    at = suffix.find(name.substr(dot));
    found = at != suffix.end();
    if (found) return contexts[at->second].get();
  }
  return contexts.front().get();
}

ServerContext::Impl::Impl(ServerOptions its_options)
    : options((start_openssl(), std::move(its_options))),
      tickets(std::make_shared<TicketKeys>(options.session_lifetime, Clock::real().now())) {
  const std::string wrong = options.validate();
  if (!wrong.empty()) throw Error(Code::invalid_argument, wrong);
  seen = marks();
  snapshot = load();
}

std::shared_ptr<const ServerSnapshot> ServerContext::Impl::load() const {
  auto made = std::make_shared<ServerSnapshot>();
  made->alpn = alpn_to_wire(options.alpn);
  made->tickets =
      options.ticket_key_files.empty() ? tickets : std::make_shared<TicketKeys>(options.ticket_key_files);
  const ContextRules rules{options.min_version, options.max_version, options.ciphers, options.cipher_suites,
                           options.curves};
  std::vector<Loaded> all = load_all(options, *made);
  std::vector<const Loaded*> first_of_context;
  for (Loaded& each : all) {
    // Certificates for the same names with keys of different kinds share a context: the client's ciphers say
    // which is shown.
    const int kind = EVP_PKEY_get_base_id(each.pair.key.get());
    auto same = std::find_if(first_of_context.begin(), first_of_context.end(), [&](const Loaded* other) {
      return other->names == each.names && EVP_PKEY_get_base_id(other->pair.key.get()) != kind;
    });
    const auto index = static_cast<std::size_t>(same - first_of_context.begin());
    if (same == first_of_context.end()) {
      SSL_CTX* const context = made->contexts.emplace_back(make_context(TLS_server_method(), rules)).get();
      first_of_context.push_back(&each);
      SSL_CTX_set_ex_data(context, snapshot_index(), made.get());
      SSL_CTX_set_tlsext_servername_callback(context, &choose_certificate);
      SSL_CTX_set_tlsext_servername_arg(context, made.get());
      SSL_CTX_set_tlsext_status_cb(context, &give_staple);
      if (!made->alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &choose_protocol, made.get());
      set_up_clients(context, options);
      set_up_sessions(context, options);
      for (const std::string& name : each.names) {
        if (name.starts_with("*.")) {
          made->suffix.emplace(name.substr(1), index);
        } else {
          made->exact.emplace(name, index);
        }
      }
    }
    SSL_CTX* const context = made->contexts[index].get();
    use_key_pair(context, each.pair, each.options->cert);
    if (!each.staple.empty()) {
      made->staples.push_back(std::make_unique<std::string>(std::move(each.staple)));
      X509_set_ex_data(each.pair.chain.front().get(), staple_index(), made->staples.back().get());
    }
  }
  return made;
}

std::string ServerContext::Impl::marks() const {
  std::string all;
  auto add = [&all](const std::string& path) {
    struct stat status{};
    if (path.empty() || stat(path.c_str(), &status) != 0) return;
    for (const auto number :
         {static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
          static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
      all += std::to_string(number) + " ";
  };
  for (const CertificateOptions& each : options.certificates) {
    add(each.cert);
    add(each.key);
    add(each.ocsp_staple);
  }
  for (const std::string& each : options.ticket_key_files) add(each);
  add(options.client_ca);
  add(options.client_crl);
  return all;
}

ServerContext::ServerContext(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
ServerContext::~ServerContext() = default;

void ServerContext::reload() {
  const std::lock_guard one(impl_->reloading);
  impl_->seen = impl_->marks();
  std::shared_ptr<const ServerSnapshot> fresh = impl_->load();
  const std::lock_guard lock(impl_->mutex);
  impl_->snapshot.swap(fresh);
}

bool ServerContext::reload_if_changed() {
  {
    const std::lock_guard one(impl_->reloading);
    if (impl_->marks() == impl_->seen) return false;
  }
  reload();
  return true;
}

std::vector<CertificateFacts> ServerContext::certificates() const { return impl_->current()->certificates; }
SystemTime ServerContext::expires() const { return impl_->current()->expires; }
std::vector<std::string> ServerContext::warnings() const { return impl_->current()->warnings; }
const ServerOptions& ServerContext::options() const noexcept { return impl_->options; }

}  // namespace ngo::tls
