#include "ngo/net/tls_files_impl.hpp"

#include <fcntl.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/net/socket.hpp"

namespace ngo::tls {
namespace {

constexpr std::size_t kLargestFile = 64 * 1024 * 1024;

[[noreturn]] void refuse(const std::string& path, std::string_view what, const std::string& why) {
  throw Error(Code::invalid_argument, std::string(what) + " " + path + " " + why);
}

BioPointer reader_of(const std::string& text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The end of the PEM blocks is an error of its own to OpenSSL.
bool was_the_end() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// Why a file without the PEM blocks that it should have may have none.
std::string guess(const std::string& text, const char* wanted) {
  if (text.empty()) return "is empty";
  const std::string right = std::string("expected \"-----BEGIN ") + wanted + "-----\"";
  if (static_cast<unsigned char>(text[0]) == 0x30)
    return "is not PEM but DER (binary): " + right + "; `openssl x509 -inform DER` converts a certificate, " +
           "`openssl pkey -inform DER` a key";
  if (has(text, "PRIVATE KEY-----")) return "holds a private key: " + right + "; cert and key may be swapped";
  if (has(text, "BEGIN CERTIFICATE-----"))
    return "holds certificates: " + right + "; cert and key may be swapped";
  if (has(text, "BEGIN CERTIFICATE REQUEST-----"))
    return "holds a request for a certificate, not what the authority has answered: " + right;
  return "is not PEM: " + right;
}

int give_password(char* into, int size, int, void* argument) {
  const auto& password = *static_cast<const std::string*>(argument);
  if (password.empty() || static_cast<int>(password.size()) > size) return -1;
  return static_cast<int>(password.copy(into, password.size()));
}

void check_dates(const X509* certificate, const std::string& path) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    refuse(path, "the certificate in",
           "(" + subject_of(certificate) + ") expired on " + to_text(X509_get0_notAfter(certificate)) +
               "; a valid one must take its place");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    refuse(path, "the certificate in",
           "(" + subject_of(certificate) + ") is not valid before " +
               to_text(X509_get0_notBefore(certificate)) + "; is the clock of this machine right?");
  }
}

}  // namespace

std::string read_file(const std::string& path, std::string_view what) {
  const net::Socket file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!file || fstat(file.descriptor(), &status) != 0)
    refuse(path, what, std::string("cannot be read: ") + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse(path, what, "is a folder");
  std::string text;
  char bytes[16 * 1024];
  for (;;) {
    const ssize_t got = read(file.descriptor(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(path, what, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) return text;
    text.append(bytes, static_cast<std::size_t>(got));
    if (text.size() > kLargestFile) refuse(path, what, "is larger than 64MiB: it can hold no certificates");
  }
}

Chain load_certificates(const std::string& path, std::string_view what) {
  const std::string text = read_file(path, what);
  const BioPointer reader = reader_of(text);
  Chain chain;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr))
    chain.emplace_back(certificate);
  if (!was_the_end()) {
    refuse(path, what,
           "cannot be understood: its certificate number " + std::to_string(chain.size() + 1) +
               " is damaged (" + take_openssl_error() + ")");
  }
  ERR_clear_error();
  if (chain.empty()) refuse(path, what, guess(text, "CERTIFICATE"));
  return chain;
}

KeyPointer load_key(const std::string& path, const std::string& password) {
  constexpr std::string_view kWhat = "the key file";
  const std::string text = read_file(path, kWhat);
  const BioPointer reader = reader_of(text);
  ERR_clear_error();
  KeyPointer key(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, &give_password, const_cast<std::string*>(&password)));
  if (key) return key;
  const std::string reason = take_openssl_error();
  const bool encrypted = has(text, "ENCRYPTED");
  if (encrypted && password.empty()) refuse(path, kWhat, "is encrypted: keyPassword must say its password");
  if (encrypted) refuse(path, kWhat, "is encrypted with another password than keyPassword says");
  if (has(text, "PRIVATE KEY-----"))
    refuse(path, kWhat, "cannot be understood: it is damaged (" + reason + ")");
  refuse(path, kWhat, guess(text, "PRIVATE KEY"));
}

std::vector<CrlPointer> load_crls(const std::string& path) {
  constexpr std::string_view kWhat = "the list of revoked certificates";
  const std::string text = read_file(path, kWhat);
  const BioPointer reader = reader_of(text);
  std::vector<CrlPointer> lists;
  ERR_clear_error();
  while (X509_CRL* list = PEM_read_bio_X509_CRL(reader.get(), nullptr, nullptr, nullptr))
    lists.emplace_back(list);
  const bool ended = was_the_end();
  const std::string reason = take_openssl_error();
  if (!ended) refuse(path, kWhat, "cannot be understood: it is damaged (" + reason + ")");
  if (lists.empty()) refuse(path, kWhat, guess(text, "X509 CRL"));
  return lists;
}

std::string load_ocsp_answer(const std::string& path, std::vector<std::string>& warnings) {
  constexpr std::string_view kWhat = "the OCSP answer";
  std::string bytes = read_file(path, kWhat);
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  using Response = std::unique_ptr<OCSP_RESPONSE, Freed<&OCSP_RESPONSE_free>>;
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(bytes.size())));
  if (!response) {
    ERR_clear_error();
    refuse(path, kWhat, "cannot be understood: expected DER, as `openssl ocsp -respout` writes it");
  }
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    refuse(path, kWhat,
           std::string("says \"") + OCSP_response_status_str(status) + "\"; expected \"successful\"");
  using Basic = std::unique_ptr<OCSP_BASICRESP, Freed<&OCSP_BASICRESP_free>>;
  const Basic basic(OCSP_response_get1_basic(response.get()));
  for (int i = 0; basic && i < OCSP_resp_count(basic.get()); ++i) {
    ASN1_GENERALIZEDTIME* next = nullptr;
    const int verdict =
        OCSP_single_get0_status(OCSP_resp_get0(basic.get(), i), nullptr, nullptr, nullptr, &next);
    if (verdict == V_OCSP_CERTSTATUS_REVOKED)
      warnings.push_back("the OCSP answer " + path + " says that the certificate is revoked");
    if (next != nullptr && X509_cmp_current_time(next) < 0) {
      warnings.push_back("the OCSP answer " + path + " is out of date since " + to_text(next) +
                         " and not handed out");
      return {};
    }
  }
  return bytes;
}

KeyPair load_key_pair(const std::string& certificate, const std::string& key, const std::string& password) {
  KeyPair pair{load_certificates(certificate, "the certificate file"), load_key(key, password)};
  for (std::size_t i = 0; i < pair.chain.size(); ++i) {
    if (X509_check_private_key(pair.chain[i].get(), pair.key.get()) != 1) continue;
    if (i > 0) {
      refuse(certificate, "the certificate file",
             "has the certificate of the key " + key + " as number " + std::to_string(i + 1) +
                 "; it must come first, then those that signed it");
    }
    ERR_clear_error();
    check_dates(pair.chain.front().get(), certificate);
    return pair;
  }
  ERR_clear_error();
  refuse(key, "the key",
         "does not belong to the certificate in " + certificate + " (" +
             subject_of(pair.chain.front().get()) + "): their public keys differ");
}

void use_key_pair(SSL_CTX* context, const KeyPair& pair, const std::string& file) {
  STACK_OF(X509)* rest = sk_X509_new_null();
  for (std::size_t i = 1; i < pair.chain.size(); ++i) sk_X509_push(rest, pair.chain[i].get());
  ERR_clear_error();
  const int used = SSL_CTX_use_cert_and_key(context, pair.chain.front().get(), pair.key.get(), rest, 1);
  sk_X509_free(rest);
  if (used == 1) return;
  refuse(file, "the certificate in",
         "(" + subject_of(pair.chain.front().get()) + ") cannot be used: " + take_openssl_error() +
             "; this machine's OpenSSL wants RSA keys of 2048 bits or elliptic curves of 224, and SHA-256");
}

void trust(SSL_CTX* context, const std::string& ca, const std::string& crl) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  unsigned long flags = 0;
  if (!ca.empty()) {
    for (const CertificatePointer& each : load_certificates(ca, "the CA file"))
      X509_STORE_add_cert(store, each.get());
    // What the file names is trusted itself, be it a root or not.
    flags |= X509_V_FLAG_PARTIAL_CHAIN;
  }
  if (!crl.empty()) {
    for (const CrlPointer& each : load_crls(crl)) X509_STORE_add_crl(store, each.get());
    flags |= X509_V_FLAG_CRL_CHECK;
  }
  X509_STORE_set_flags(store, flags);
}

}  // namespace ngo::tls
