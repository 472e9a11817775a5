// Certificates for tests, made on the spot: an authority that signs whatever a test wants to be shown.
// Elliptic curves, so that a test makes a dozen in no time.
#pragma once

#include <openssl/pem.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "ngo/net/tls_openssl_impl.hpp"

namespace ngo::tls {

struct TestCertificate {
  CertificatePointer certificate;
  KeyPointer key;

  [[nodiscard]] std::string pem() const {
    BioPointer out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    return text_of(out.get());
  }
  [[nodiscard]] std::string key_pem(const std::string& password = {}) const {
    BioPointer out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                                  password.empty() ? nullptr : password.data(),
                                  static_cast<int>(password.size()), nullptr, nullptr);
    return text_of(out.get());
  }

 private:
  static std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

struct TestWishes {
  std::string subject = "localhost";
  std::string names = "DNS:localhost,IP:127.0.0.1";
  std::string usage;  // extended key usage: "serverAuth"
  bool authority = false;
  bool rsa = false;
  int days_before = 1;
  int days_after = 30;
};

// Signed by `issuer`; by itself where that is null.
inline TestCertificate make_certificate(const TestWishes& wishes, const TestCertificate* issuer) {
  static long serial = 1;
  TestCertificate made;
  made.key.reset(wishes.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L * wishes.days_before);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * wishes.days_after);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wishes.subject.c_str()), -1, -1, 0);
  X509* const signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  X509_set_pubkey(certificate, made.key.get());
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
  auto add = [&](int kind, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  add(NID_basic_constraints, wishes.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (wishes.authority) add(NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!wishes.authority) add(NID_subject_alt_name, wishes.names);
  add(NID_ext_key_usage, wishes.usage);
  X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
  return made;
}

inline TestCertificate make_authority(const std::string& name = "Test Authority") {
  TestWishes wishes;
  wishes.subject = name;
  wishes.authority = true;
  return make_certificate(wishes, nullptr);
}

// A list, signed by `issuer`, with these certificates revoked.
inline std::string make_revocations(const TestCertificate& issuer,
                                    const std::vector<const TestCertificate*>& revoked) {
  CrlPointer list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get()));
  ASN1_TIME* now = X509_gmtime_adj(nullptr, -60);
  X509_CRL_set1_lastUpdate(list.get(), now);
  for (const TestCertificate* each : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, now);
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_gmtime_adj(now, 86400);
  X509_CRL_set1_nextUpdate(list.get(), now);
  ASN1_TIME_free(now);
  X509_CRL_sort(list.get());
  X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256());
  BioPointer out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(out.get(), list.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// A file of this test, in the folder for such; its path.
inline std::string write_test_file(const std::string& folder, const std::string& name,
                                   const std::string& content) {
  const std::string path = folder + name;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  return path;
}

}  // namespace ngo::tls
