// What many TLS connections share: certificates, trust, rules, tickets. Made once, used by every worker at
// the same time; a Stream takes one by reference for its handshake (Stream::start_tls). Copies of the
// settings, so the files may go after the constructor; a connection keeps what it began with, so a context
// may be reloaded or destroyed while connections live.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::tls {

class SessionImpl;

// A certificate of a listener, as its file holds it.
struct CertificateFacts {
  std::string file;
  std::string subject;
  std::vector<std::string> names;  // that it is shown to
  SystemTime expires{};
  bool stapled = false;
};

// For listeners. From any thread.
class ServerContext {
 public:
  // Reads the files. Throws Error{invalid_argument}: which file, what is wrong with it, what would be right.
  explicit ServerContext(ServerOptions options);
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;
  ~ServerContext();

  // Reads the files again, whether they have changed or not; new handshakes get what they hold. Throws as the
  // constructor does, and everything stays as it was. Tickets that were given out stay good unless the rules
  // for clients' certificates have changed. Blocks: files and keys are read.
  void reload();
  // The same if a file has changed since it was last looked at (by its number, size or time of change).
  // False: nothing has. Throws once for each state of the files that is wrong.
  bool reload_if_changed();

  // In the order of the options.
  [[nodiscard]] std::vector<CertificateFacts> certificates() const;
  // When the first of the certificates expires.
  [[nodiscard]] SystemTime expires() const;
  // What is not wrong but will be: a certificate that ends soon, a staple that is out of date and not used.
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] const ServerOptions& options() const noexcept;

 private:
  friend class SessionImpl;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// For callers. From any thread.
class ClientContext {
 public:
  // The system's roots, everything verified.
  ClientContext();
  // Reads the files. Throws Error{invalid_argument}: which file, what is wrong with it, what would be right.
  explicit ClientContext(ClientContextOptions options);
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;
  ~ClientContext();

  [[nodiscard]] const ClientContextOptions& options() const noexcept;
  // Sessions that are kept to be resumed.
  [[nodiscard]] std::size_t kept_sessions() const;

 private:
  friend class SessionImpl;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Of one handshake as the caller.
struct ClientOptions {
  ClientOptions() = default;
  explicit ClientOptions(std::string name) : server_name(std::move(name)) {}

  // The name, or IP address, that the server must prove to have; a name is also sent to it (SNI). Needed
  // unless the context verifies nothing.
  std::string server_name;
  // Application protocols, best first (RFC 7301); empty: the context's.
  std::vector<std::string> alpn;
  // Sessions are resumed among handshakes of one key; empty: the server's name. Give name and port where
  // servers at different ports of one host do not share their tickets.
  std::string session_key;
};

}  // namespace ngo::tls
