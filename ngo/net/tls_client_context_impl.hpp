// The insides of ClientContext, which SessionImpl knows as well.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "ngo/net/tls_context.hpp"
#include "ngo/net/tls_openssl_impl.hpp"

namespace ngo::tls {

// Sessions that servers have offered to resume, by server. Those of TLS 1.3 are taken out, since each is
// meant for one use (RFC 8446, C.4); those of TLS 1.2 stay. From any thread.
class ResumptionStore {
 public:
  void put(const std::string& key, ResumptionPointer session);
  // Null where there is none.
  [[nodiscard]] ResumptionPointer take(const std::string& key);
  void forget(const std::string& key);
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kKeys = 1000;
  static constexpr std::size_t kPerKey = 8;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<ResumptionPointer>> sessions_;
};

struct ClientContext::Impl {
  explicit Impl(ClientContextOptions its_options);

  const ClientContextOptions options;
  std::string alpn;
  std::shared_ptr<ResumptionStore> store;  // null: nothing is resumed
  ContextPointer context;
};

}  // namespace ngo::tls
