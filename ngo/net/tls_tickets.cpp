#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/net/tls_files_impl.hpp"
#include "ngo/net/tls_server_context_impl.hpp"

namespace ngo::tls {
namespace {

constexpr std::size_t kKept = 3;

const EVP_CIPHER* cipher_algorithm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return cipher;
}

}  // namespace

TicketKeys::TicketKeys(Duration lifetime, TimePoint now)
    : period_(lifetime / 2), keys_{make()}, next_(now + period_) {}

TicketKeys::TicketKeys(const std::vector<std::string>& files)
    : period_(Duration::max()), next_(TimePoint::max()) {
  for (const std::string& file : files) keys_.push_back(read(file));
}

TicketKeys::Key TicketKeys::read(const std::string& file) {
  constexpr std::string_view kWhat = "the file of a ticket key";
  struct stat status{};
  if (stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw Error(
        Code::invalid_argument,
        std::string(kWhat) + " " + file +
            " can be read by others than its owner, who could decrypt what clients send; chmod 600 it");
  }
  std::string bytes = read_file(file, kWhat);
  Key key{};
  constexpr std::size_t kSize = sizeof key.name + sizeof key.mac + sizeof key.cipher;
  if (bytes.size() != kSize) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    throw Error(Code::invalid_argument, std::string(kWhat) + " " + file + " has " +
                                            std::to_string(bytes.size()) + " bytes; expected " +
                                            std::to_string(kSize) + " random ones (openssl rand 80)");
  }
  const char* at = bytes.data();
  std::memcpy(key.name.data(), at, key.name.size());
  std::memcpy(key.mac.data(), at + key.name.size(), key.mac.size());
  std::memcpy(key.cipher.data(), at + key.name.size() + key.mac.size(), key.cipher.size());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

TicketKeys::Key TicketKeys::make() {
  Key key{};
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1) {
    throw Error(Code::internal, "no random numbers for the keys of TLS tickets: " + take_openssl_error());
  }
  return key;
}

void TicketKeys::rotate(TimePoint now) {
  while (now >= next_) {
    keys_.insert(keys_.begin(), make());
    if (keys_.size() > kKept) {
      OPENSSL_cleanse(&keys_.back(), sizeof(Key));
      keys_.pop_back();
    }
    // After a long pause only the last rotations matter.
    next_ = std::max(next_ + period_, now - period_ * static_cast<int>(kKept));
  }
}

int TicketKeys::use(TimePoint now, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, bool encrypt) {
  Key key{};
  bool is_present = true;
  try {
    const std::lock_guard lock(mutex_);
    rotate(now);
    if (encrypt) {
      key = keys_.front();
    } else {
      auto found = std::find_if(keys_.begin(), keys_.end(), [name](const Key& each) {
        return std::memcmp(each.name.data(), name, each.name.size()) == 0;
      });
      if (found == keys_.end()) return 0;
      key = *found;
      is_present = found == keys_.begin();
    }
  } catch (...) {
    return -1;
  }
  char digest[] = "sha256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  bool good = EVP_MAC_CTX_set_params(mac, parameters) == 1;
  if (encrypt) {
    std::memcpy(name, key.name.data(), key.name.size());
    good = good && RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_algorithm())) == 1 &&
           EVP_EncryptInit_ex(cipher, cipher_algorithm(), nullptr, key.cipher.data(), iv) == 1;
  } else {
    good = good && EVP_DecryptInit_ex(cipher, cipher_algorithm(), nullptr, key.cipher.data(), iv) == 1;
  }
  OPENSSL_cleanse(&key, sizeof key);
  if (!good) return -1;
  return is_present ? 1 : 2;
}

}  // namespace ngo::tls
