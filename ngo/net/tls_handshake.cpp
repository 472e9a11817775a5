// How a session begins, and why it does not.
#include <arpa/inet.h>

#include <cerrno>
#include <cstring>

#include "ngo/base/text.hpp"
#include "ngo/net/tls_client_context_impl.hpp"
#include "ngo/net/tls_server_context_impl.hpp"
#include "ngo/net/tls_session_impl.hpp"

namespace ngo::tls {
namespace {

bool is_address(const std::string& text) {
  in6_addr any{};
  return inet_pton(AF_INET, text.c_str(), &any) == 1 || inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

// What is wrong with a certificate, in a word for programs and in a sentence.
struct Refusal {
  const char* word;
  std::string sentence;
};

Refusal explain(int error, X509_STORE_CTX* chain, const std::string& peer) {
  X509* const at = X509_STORE_CTX_get_current_cert(chain);
  X509* const leaf = X509_STORE_CTX_get0_cert(chain);
  const bool is_leaf = X509_STORE_CTX_get_error_depth(chain) == 0;
  const std::string whose = peer.empty() ? "the peer's certificate" : "the certificate of " + peer;
  std::string which = whose + " (" + subject_of(at != nullptr ? at : leaf) + ")";
  if (!is_leaf && at != nullptr)
    which =
        "a certificate in the chain of " + (peer.empty() ? "the peer" : peer) + " (" + subject_of(at) + ")";
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {"expired", which + " expired on " + to_text(X509_get0_notAfter(at))};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {"not_yet_valid", which + " is not valid before " + to_text(X509_get0_notBefore(at)) +
                                   "; is the clock of this machine right?"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {"wrong_host", which + " is not for " + peer + ": it is for " + join(names_of(leaf), ", ")};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return {"self_signed", which + " is self-signed and not trusted; to trust it, name it as ca"};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return {"unknown_issuer", whose + " (" + subject_of(leaf) + ") goes back to " + subject_of(at) +
                                    ", which is not trusted; to trust it, name it as ca"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED: {
      std::string issuer = at == nullptr ? "an unknown issuer" : describe(at).issuer;
      return {"unknown_issuer", which + " is signed by " + issuer +
                                    ", which is not trusted and was not sent along; name the file of its "
                                    "authority as ca, or have the server send the whole chain"};
    }
    case X509_V_ERR_CERT_REVOKED: return {"revoked", which + " has been revoked"};
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return {"no_crl", "whether " + which + " is revoked is not known: crl has no list of " +
                            (at == nullptr ? std::string("its issuer") : describe(at).issuer)};
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return {"no_crl", "whether " + which + " is revoked is not known: the list in crl is out of date"};
    case X509_V_ERR_INVALID_PURPOSE:
      return {"wrong_purpose", which + " is not meant for this use (its extended key usage says for which)"};
    case X509_V_ERR_INVALID_CA:
      return {"wrong_purpose", which + " signs others and may not: it is no authority's"};
    default: return {"invalid", which + " cannot be trusted: " + X509_verify_cert_error_string(error)};
  }
}

}  // namespace

int SessionImpl::on_verify(int good, X509_STORE_CTX* chain) {
  if (good == 1) return 1;
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  SessionImpl& self = of(ssl);
  try {
    Refusal refusal = explain(X509_STORE_CTX_get_error(chain), chain, self.peer_name_);
    self.refusal_ = refusal.word;
    self.failure_ = std::move(refusal.sentence);
  } catch (const std::bad_alloc&) {
    self.refusal_.clear();  // then OpenSSL's own words have to do
  }
  return 0;
}

SessionImpl::SessionImpl(int descriptor, const ServerContext& context, std::string_view received)
    : SessionImpl(descriptor, context.impl_->current(), received) {}

SessionImpl::SessionImpl(int descriptor, std::shared_ptr<const ServerSnapshot> snapshot,
                         std::string_view received)
    : SessionImpl(descriptor, snapshot->contexts.front().get()) {
  snapshot_ = std::move(snapshot);
  received_ = received;
  SSL_set_accept_state(ssl_.get());
}

SessionImpl::SessionImpl(int descriptor, const ClientContext& context, const ClientOptions& options)
    : SessionImpl(descriptor, context.impl_->context.get()) {
  const ClientContext::Impl& shared = *context.impl_;
  peer_name_ = options.server_name;
  if (!peer_name_.empty() && peer_name_.back() == '.') peer_name_.pop_back();
  if (peer_name_.empty() && shared.options.verify) {
    throw Error(Code::invalid_argument,
                "start_tls: server_name is empty, so there is nothing that the server's certificate could be "
                "checked for; give the name or address that was connected to");
  }
  const bool address = is_address(peer_name_);
  if (!peer_name_.empty() && !address) SSL_set_tlsext_host_name(ssl_.get(), peer_name_.c_str());
  if (shared.options.verify) {
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_.get());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(rules, peer_name_.c_str())
                            : X509_VERIFY_PARAM_set1_host(rules, peer_name_.c_str(), peer_name_.size());
    if (set != 1) throw Error(Code::invalid_argument, "start_tls: \"" + peer_name_ + "\" is no host's name");
  }
  const std::string alpn = options.alpn.empty() ? shared.alpn : alpn_to_wire(options.alpn);
  if (!alpn.empty())
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  SSL_set_tlsext_status_type(ssl_.get(), TLSEXT_STATUSTYPE_ocsp);
  SSL_set_connect_state(ssl_.get());
  store_ = shared.store;
  if (!store_) return;
  // The name belongs to the key: what was verified for one name says nothing about another.
  key_ = options.session_key + '\n' + peer_name_;
  if (const ResumptionPointer session = store_->take(key_)) SSL_set_session(ssl_.get(), session.get());
}

bool SessionImpl::keep(SSL_SESSION* session) {
  try {
    if (store_) store_->put(key_, ResumptionPointer(session));
    return store_ != nullptr;
  } catch (const std::bad_alloc&) {
    return true;  // freed by its pointer
  }
}

SessionImpl::Step SessionImpl::shake_hands() noexcept {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    established_ = true;
    return Step::done;
  }
  const bool wants_output = SSL_want_write(ssl_.get());
  if (fail(result).state == Transfer::State::would_block)
    return wants_output ? Step::wants_output : Step::wants_input;
  // fail() knows an end as the peer's last word; here it is none.
  give_up();
  return Step::failed;
}

void SessionImpl::give_up() noexcept {
  if (!broken_) broken_ = Transfer{Transfer::State::failed, 0, ENOTCONN};
  established_ = false;
  end_ = broken_;
  if (store_ && SSL_session_reused(ssl_.get()) == 1) store_->forget(key_);
}

Error SessionImpl::handshake_error() const {
  const std::string with = peer_name_.empty() ? std::string() : " with " + peer_name_;
  std::string why = failure_;
  if (broken_ && broken_->error == ECONNABORTED) {
    why = "the peer closed the connection; does it speak TLS at this port?";
  } else if (why.empty()) {
    why = broken_ && broken_->error != ENOTCONN ? std::strerror(broken_->error) : "the peer ended it";
  }
  // Who shows a bad certificate shows it again at the next try.
  Error error(refusal_.empty() ? Code::unavailable : Code::internal,
              "the TLS handshake" + with + " failed: " + why);
  if (!refusal_.empty()) error.with("certificate", refusal_);
  if (plain_http_) error.with("tls", "plain_http");
  if (errno_ != 0 || (broken_ && broken_->error == ECONNABORTED)) error.with("tls", "closed");
  return error;
}

std::string explain_openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    switch (reason) {
      case SSL_R_HTTP_REQUEST:
      case SSL_R_HTTPS_PROXY_REQUEST:
        return "the peer speaks plain HTTP at a port for TLS; it must use https://";
      case SSL_R_WRONG_VERSION_NUMBER:
        return "the peer does not speak TLS at this port, or not this version of it";
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return "there is no version of TLS that both sides take (minVersion)";
      case SSL_R_NO_SHARED_CIPHER:
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return "there is no cipher or key exchange that both sides take (ciphers, curves, kind of key), or "
               "the "
               "peer wants a certificate";
      case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "the peer showed no certificate, and one is required";
      case SSL_R_NO_APPLICATION_PROTOCOL:
      case 1000 + SSL_AD_NO_APPLICATION_PROTOCOL:
        return "there is no application protocol that both sides take (alpn)";
      case 1000 + SSL_AD_CERTIFICATE_REQUIRED:
        return "the peer wants a certificate of ours and was shown none (cert, key)";
      default: break;
    }
    if (reason > 1000)
      return std::string("the peer refused: ") + SSL_alert_desc_string_long(reason - 1000) + " (TLS alert " +
             std::to_string(reason - 1000) + ")";
  }
  return take_openssl_error();
}

}  // namespace ngo::tls
