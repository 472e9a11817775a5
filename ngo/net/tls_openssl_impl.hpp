// OpenSSL's objects with owners, its errors as text, and what both kinds of context are set up with.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/net/tls_options.hpp"
#include "ngo/net/tls_session.hpp"

namespace ngo::tls {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using ContextPointer = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using SslPointer = std::unique_ptr<SSL, Freed<&SSL_free>>;
using ResumptionPointer = std::unique_ptr<SSL_SESSION, Freed<&SSL_SESSION_free>>;
using CertificatePointer = std::unique_ptr<X509, Freed<&X509_free>>;
using CrlPointer = std::unique_ptr<X509_CRL, Freed<&X509_CRL_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Freed<&BIO_free_all>>;

// Before the first use of OpenSSL: has it leave its memory alone when the process exits. Threads that end
// only then (of the blocking pool) still take its locks.
void start_openssl();

// The last thing that OpenSSL has to say on this thread, for example "ee key too small"; forgets them all.
[[nodiscard]] std::string take_openssl_error();
// The same for what goes wrong between two peers, said for people: what both sides would have to agree on.
[[nodiscard]] std::string explain_openssl_error();

// A context with the modes that SessionImpl relies on, and the rules.
struct ContextRules {
  Version min_version;
  Version max_version;
  const std::string& ciphers;
  const std::string& cipher_suites;
  const std::string& curves;
};
[[nodiscard]] ContextPointer make_context(const SSL_METHOD* method, const ContextRules& rules);

// ALPN as it is sent: a byte of length before each. Throws Error{invalid_argument}.
[[nodiscard]] std::string alpn_to_wire(const std::vector<std::string>& protocols);

[[nodiscard]] SystemTime to_system_time(const ASN1_TIME* time) noexcept;
// "2026-11-23 09:40:00 UTC"
[[nodiscard]] std::string to_text(const ASN1_TIME* time);
// "CN=api.example.com,O=Example"; the certificate's first name where the subject is empty.
[[nodiscard]] std::string subject_of(const X509* certificate);
[[nodiscard]] Certificate describe(X509* certificate);
// The names and addresses that it is good for: those of the extension, else the common name (RFC 6125).
[[nodiscard]] std::vector<std::string> names_of(X509* certificate);

}  // namespace ngo::tls
