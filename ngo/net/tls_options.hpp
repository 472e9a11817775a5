// The settings of TLS, of who listens and of who calls. Both are plain structs: the same members are keys of
// the configuration (`httpServer.tls`, `httpClient.tls`) and what a program fills in by itself. Defaults are
// Mozilla's "intermediate" profile: TLS 1.2 and 1.3, forward secrecy and authenticated ciphers alone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/base/type.hpp"

namespace ngo::tls {

enum class Version : std::uint8_t { tls12, tls13 };
constexpr std::array<EnumName, 2> enum_names(Version) {
  return {EnumName{Version::tls12, "1.2"}, EnumName{Version::tls13, "1.3"}};
}

// Whether clients show a certificate of their own. `optional`: who shows none is let in, who shows a bad one
// is not.
enum class ClientAuth : std::uint8_t { none, optional, required };

// A certificate of a server with its private key, both as PEM files.
struct CertificateOptions {
  std::string cert;
  std::string key;
  std::string key_password;
  std::vector<std::string> names;
  std::string ocsp_staple;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&CertificateOptions::cert>("PEM file: the certificate, then those that signed it"),
      ngo::description<&CertificateOptions::key>("PEM file: its private key"),
      ngo::description<&CertificateOptions::key_password>("of a key that is encrypted"),
      ngo::secret<&CertificateOptions::key_password>(),
      ngo::description<&CertificateOptions::names>(
          "host names that it is shown to, *.example.com among them; default: the names in it"),
      ngo::description<&CertificateOptions::ocsp_staple>(
          "file with the authority's OCSP answer (DER), handed to clients"),
      ngo::length<&CertificateOptions::cert>(1, 4096), ngo::length<&CertificateOptions::key>(1, 4096));
};

// For a listener. Who calls without a name, or by one that no certificate has, is shown the first.
struct ServerOptions {
  std::vector<CertificateOptions> certificates;
  ClientAuth client_auth = ClientAuth::none;
  std::string client_ca;
  std::string client_crl;
  Version min_version = Version::tls12;
  Version max_version = Version::tls13;
  std::string ciphers;
  std::string cipher_suites;
  std::string curves;
  std::vector<std::string> alpn;
  bool session_tickets = true;
  std::vector<std::string> ticket_key_files;
  std::chrono::milliseconds session_lifetime = std::chrono::hours(24);
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds reload_check = std::chrono::seconds(10);

  [[nodiscard]] std::string validate() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&ServerOptions::certificates>(
          "chosen by the name that the client asks for; of one name, one for each kind of key"),
      ngo::description<&ServerOptions::client_auth>("certificates of clients: none, optional or required"),
      ngo::description<&ServerOptions::client_ca>("PEM file: who signs the clients' certificates"),
      ngo::description<&ServerOptions::client_crl>("PEM file: which of those are revoked"),
      ngo::description<&ServerOptions::min_version>("1.2 or 1.3"),
      ngo::description<&ServerOptions::max_version>("1.2 where a client's 1.3 is broken"),
      ngo::description<&ServerOptions::ciphers>("of TLS 1.2, OpenSSL's list; default: Mozilla intermediate"),
      ngo::description<&ServerOptions::cipher_suites>("of TLS 1.3; default: all three"),
      ngo::description<&ServerOptions::curves>("for the key exchange; default X25519:P-256:P-384"),
      ngo::description<&ServerOptions::alpn>("application protocols, best first; default: what is served"),
      ngo::description<&ServerOptions::session_tickets>("let clients come back without a whole handshake"),
      ngo::description<&ServerOptions::ticket_key_files>(
          "80 random bytes each, for all copies of a service: the first encrypts, all decrypt"),
      ngo::description<&ServerOptions::session_lifetime>(
          "for which they may; the key of the tickets changes twice as often"),
      ngo::description<&ServerOptions::handshake_timeout>("for the whole handshake; 0: no limit"),
      ngo::description<&ServerOptions::reload_check>(
          "how often to look whether the files have changed; 0: never"),
      ngo::check<&ServerOptions::validate>());
};

// For whoever calls. What is verified is verified unless `verify` says no: the chain up to a trusted root,
// the dates, the purpose, and that the certificate has the server's name.
struct ClientContextOptions {
  bool verify = true;
  std::string ca;
  std::string crl;
  std::string cert;
  std::string key;
  std::string key_password;
  Version min_version = Version::tls12;
  std::string ciphers;
  std::string cipher_suites;
  std::string curves;
  std::vector<std::string> alpn;
  bool resumption = true;
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);

  [[nodiscard]] std::string validate() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&ClientContextOptions::verify>("false: whoever answers is believed; for tests only"),
      ngo::description<&ClientContextOptions::ca>("PEM file: who is trusted; default: the system's roots"),
      ngo::description<&ClientContextOptions::crl>("PEM file: what those have revoked"),
      ngo::description<&ClientContextOptions::cert>("PEM file: our own certificate, where servers want one"),
      ngo::description<&ClientContextOptions::key>("PEM file: its private key"),
      ngo::description<&ClientContextOptions::key_password>("of a key that is encrypted"),
      ngo::secret<&ClientContextOptions::key_password>(),
      ngo::description<&ClientContextOptions::min_version>("1.2 or 1.3"),
      ngo::description<&ClientContextOptions::ciphers>("of TLS 1.2, OpenSSL's list"),
      ngo::description<&ClientContextOptions::cipher_suites>("of TLS 1.3"),
      ngo::description<&ClientContextOptions::curves>("for the key exchange; default X25519:P-256:P-384"),
      ngo::description<&ClientContextOptions::alpn>("application protocols, best first"),
      ngo::description<&ClientContextOptions::resumption>("come back without a whole handshake"),
      ngo::description<&ClientContextOptions::handshake_timeout>("for the whole handshake; 0: no limit"),
      ngo::check<&ClientContextOptions::validate>());
};

}  // namespace ngo::tls
