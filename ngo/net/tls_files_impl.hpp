// Certificates, keys and what goes with them, read from PEM files. Every mistake says which file, what is
// wrong with it, and what would have been right. Blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/net/tls_openssl_impl.hpp"

namespace ngo::tls {

using Chain = std::vector<CertificatePointer>;

// The whole file. `what` is for the message: "the certificate file".
[[nodiscard]] std::string read_file(const std::string& path, std::string_view what);

// At least one certificate. Throws Error{invalid_argument}.
[[nodiscard]] Chain load_certificates(const std::string& path, std::string_view what);
[[nodiscard]] KeyPointer load_key(const std::string& path, const std::string& password);
[[nodiscard]] std::vector<CrlPointer> load_crls(const std::string& path);
// An OCSP answer that is good now, as bytes; empty, with a warning, when it is out of date.
[[nodiscard]] std::string load_ocsp_answer(const std::string& path, std::vector<std::string>& warnings);

// A certificate that is valid today and its own key, as a context wants them.
struct KeyPair {
  Chain chain;
  KeyPointer key;
};
[[nodiscard]] KeyPair load_key_pair(const std::string& certificate, const std::string& key,
                                    const std::string& password);
void use_key_pair(SSL_CTX* context, const KeyPair& pair, const std::string& file);

// Trusts the certificates of `ca` and refuses those that `crl` lists; either may be empty.
void trust(SSL_CTX* context, const std::string& ca, const std::string& crl);

}  // namespace ngo::tls
