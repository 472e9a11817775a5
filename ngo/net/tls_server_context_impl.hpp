// The insides of ServerContext, which SessionImpl knows as well.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ngo/net/tls_context.hpp"
#include "ngo/net/tls_openssl_impl.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::tls {

// The keys that session tickets are encrypted with (RFC 5077, 4). A new one every half lifetime; tickets of
// the two before it are still read. They live in memory alone and outlive a reload of the certificates.
class TicketKeys {
 public:
  TicketKeys(Duration lifetime, TimePoint now);
  // Those of files instead, which other processes have as well: the first encrypts, and none is ever
  // replaced. Each holds 80 bytes as nginx has them (name, key of the MAC, key of the cipher) and is for its
  // owner alone. Throws Error{invalid_argument}.
  explicit TicketKeys(const std::vector<std::string>& files);
  // As OpenSSL calls it: 0 for an unknown key, 1, or 2 when a new ticket should be given; negative: failed.
  int use(TimePoint now, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
          bool encrypt);

 private:
  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };
  void rotate(TimePoint now);
  [[nodiscard]] static Key make();
  [[nodiscard]] static Key read(const std::string& file);

  const Duration period_;
  std::mutex mutex_;
  std::vector<Key> keys_;  // the present one first
  TimePoint next_;
};

// What the files held when they were last read; never changed afterwards.
struct ServerSnapshot {
  std::vector<ContextPointer> contexts;                 // each with certificates for the same names
  std::vector<std::unique_ptr<std::string>> staples;    // referred to by their certificates
  std::unordered_map<std::string, std::size_t> exact;   // "api.example.com"
  std::unordered_map<std::string, std::size_t> suffix;  // ".example.com" of "*.example.com"
  std::string alpn;
  std::shared_ptr<TicketKeys> tickets;
  std::vector<CertificateFacts> certificates;
  SystemTime expires = SystemTime::max();
  std::vector<std::string> warnings;

  // The context for that name; the first when no certificate has it. `found` says which.
  [[nodiscard]] SSL_CTX* find(std::string name, bool& found) const;
};

struct ServerContext::Impl {
  explicit Impl(ServerOptions its_options);

  [[nodiscard]] std::shared_ptr<const ServerSnapshot> current() const {
    const std::lock_guard lock(mutex);
    return snapshot;
  }
  [[nodiscard]] std::shared_ptr<const ServerSnapshot> load() const;
  // Of all files: their numbers, sizes and times of change.
  [[nodiscard]] std::string marks() const;

  const ServerOptions options;
  const std::shared_ptr<TicketKeys> tickets;
  mutable std::mutex mutex;
  std::shared_ptr<const ServerSnapshot> snapshot;
  std::mutex reloading;
  std::string seen;
};

}  // namespace ngo::tls
