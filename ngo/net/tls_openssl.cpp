#include <arpa/inet.h>

#include <ctime>

#include "ngo/base/error.hpp"
#include "ngo/net/tls_openssl_impl.hpp"

namespace ngo::tls {
namespace {

// Mozilla's "intermediate" list, without the slow DHE.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCurves = "X25519:P-256:P-384";

[[noreturn]] void refuse_list(const char* what, const std::string& list, const char* right) {
  throw Error(Code::invalid_argument,
              std::string(what) + " \"" + list + "\" cannot be used: " + take_openssl_error() + "; " + right);
}

std::string name_text(const X509_NAME* name) {
  BioPointer text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), name, 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string common_name(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(bytes);
  if (size != 4 && size != 16)
    return hexadecimal(ASN1_STRING_get0_data(bytes), static_cast<std::size_t>(size));
  inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

void add_alternative_names(X509* certificate, Certificate& found) {
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    auto text = [&] {
      return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.ia5)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.ia5)));
    };
    switch (name->type) {
      case GEN_DNS: found.dns_names.push_back(text()); break;
      case GEN_EMAIL: found.emails.push_back(text()); break;
      case GEN_URI: found.uris.push_back(text()); break;
      case GEN_IPADD: found.addresses.push_back(address_text(name->d.iPAddress)); break;
      default: break;
    }
  }
  GENERAL_NAMES_free(names);
}

}  // namespace

void start_openssl() {
  static const int kStarted = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  static_cast<void>(kStarted);
}

std::string take_openssl_error() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  std::string text = reason == nullptr ? "no reason given" : reason;
  ERR_clear_error();
  return text;
}

ContextPointer make_context(const SSL_METHOD* method, const ContextRules& rules) {
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(method));
  if (!context) throw Error(Code::resource_exhausted, "cannot make a TLS context: " + take_openssl_error());
  auto number = [](Version version) { return version == Version::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION; };
  SSL_CTX_set_min_proto_version(context.get(), number(rules.min_version));
  SSL_CTX_set_max_proto_version(context.get(), number(rules.max_version));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // One record at a time, from wherever its bytes lie at the next try; idle connections hold no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // As much as the kernel has, so that a request costs one call and its end shows (architecture, 3.12).
  SSL_CTX_set_read_ahead(context.get(), 1);
  const std::string ciphers = rules.ciphers.empty() ? kCiphers : rules.ciphers;
  if (SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) != 1)
    refuse_list("ciphers", ciphers, "`openssl ciphers -tls1_2` lists those of this machine");
  if (!rules.cipher_suites.empty() &&
      SSL_CTX_set_ciphersuites(context.get(), rules.cipher_suites.c_str()) != 1) {
    refuse_list("cipherSuites", rules.cipher_suites,
                "there are TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256");
  }
  const std::string curves = rules.curves.empty() ? kCurves : rules.curves;
  if (SSL_CTX_set1_groups_list(context.get(), curves.c_str()) != 1)
    refuse_list("curves", curves, "there are X25519, X448, P-256, P-384, P-521, ffdhe2048");
  return context;
}

std::string alpn_to_wire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255)
      throw Error(Code::invalid_argument,
                  "alpn: \"" + protocol + "\" is no protocol's name; expected 1 to 255 characters");
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  return wire;
}

SystemTime to_system_time(const ASN1_TIME* time) noexcept {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return SystemTime{};
  // Beyond what the clock can say in nanoseconds (the year 2262) is its end.
  const std::time_t seconds = timegm(&parts);
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(SystemTime::max().time_since_epoch());
  if (seconds >= most.count()) return SystemTime::max();
  return std::chrono::system_clock::from_time_t(seconds);
}

std::string to_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  char text[64];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

std::string subject_of(const X509* certificate) {
  std::string subject = name_text(X509_get_subject_name(certificate));
  if (!subject.empty()) return subject;
  std::vector<std::string> names = names_of(const_cast<X509*>(certificate));
  return names.empty() ? "no subject" : names.front();
}

Certificate describe(X509* certificate) {
  Certificate found;
  found.subject = name_text(X509_get_subject_name(certificate));
  found.issuer = name_text(X509_get_issuer_name(certificate));
  found.common_name = common_name(certificate);
  add_alternative_names(certificate, found);
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  found.serial =
      hexadecimal(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1)
    found.fingerprint = hexadecimal(digest, size);
  found.not_before = to_system_time(X509_get0_notBefore(certificate));
  found.not_after = to_system_time(X509_get0_notAfter(certificate));
  return found;
}

std::vector<std::string> names_of(X509* certificate) {
  Certificate found;
  add_alternative_names(certificate, found);
  std::vector<std::string> names = std::move(found.dns_names);
  for (std::string& address : found.addresses) names.push_back(std::move(address));
  if (names.empty()) {
    std::string name = common_name(certificate);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace ngo::tls
