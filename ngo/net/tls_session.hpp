// What is known of a TLS connection after its handshake: Stream::tls() gives it. Views live as long as the
// stream. Belongs to the stream's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/civil_time.hpp"

namespace ngo::tls {

// What a certificate says, as text.
struct Certificate {
  std::string subject;  // "CN=api.example.com,O=Example" (RFC 2253)
  std::string issuer;
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;
  std::vector<std::string> emails;
  std::vector<std::string> uris;  // "spiffe://example.com/orders"
  std::string serial;             // hexadecimal
  std::string fingerprint;        // SHA-256, hexadecimal
  SystemTime not_before{};
  SystemTime not_after{};
};

class Session {
 public:
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // "TLSv1.3"
  [[nodiscard]] std::string_view version() const noexcept;
  // "TLS_AES_128_GCM_SHA256"
  [[nodiscard]] std::string_view cipher() const noexcept;
  // The protocol that was agreed on ("h2"); empty when none was.
  [[nodiscard]] std::string_view alpn() const noexcept;
  // The name that the client asked for (SNI); empty when it gave none.
  [[nodiscard]] std::string_view server_name() const noexcept;
  // Whether the handshake was a short one.
  [[nodiscard]] bool resumed() const noexcept;
  // Whether the server showed a current OCSP answer.
  [[nodiscard]] bool stapled() const noexcept;
  // The peer's, which has been verified unless the context verifies nothing; nothing when it showed none.
  [[nodiscard]] std::optional<Certificate> peer_certificate() const;

 protected:
  Session() = default;
  ~Session() = default;
};

// How a Stream owns a session whose insides it does not know.
struct SessionDeleter {
  void operator()(Session* session) const noexcept;
};
using SessionPointer = std::unique_ptr<Session, SessionDeleter>;

}  // namespace ngo::tls
