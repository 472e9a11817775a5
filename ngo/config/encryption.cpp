#include "ngo/config/encryption.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/base64.hpp"

namespace ngo::config {
namespace {

// The text that is encrypted: version, nonce, what it hides, tag; all in base64.
constexpr char kVersion = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 1024 * 1024) return std::nullopt;
  return base64::decode(text);
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned value = 0;
    for (const char c : text.substr(i, 2)) {
      const char low = ascii_lower(c);
      if (!is_ascii_digit(c) && (low < 'a' || low > 'f')) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(is_ascii_digit(c) ? c - '0' : low - 'a' + 10);
    }
    out += static_cast<char>(value);
  }
  return out;
}

[[noreturn]] void broken() { throw Error(Code::internal, "OpenSSL cannot encrypt with AES-256-GCM"); }

}  // namespace

EncryptionKey::~EncryptionKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

EncryptionKey EncryptionKey::generate() {
  EncryptionKey out;
  if (RAND_bytes(out.bytes_.data(), static_cast<int>(out.bytes_.size())) != 1) broken();
  return out;
}

EncryptionKey EncryptionKey::from_text(std::string_view text) {
  text = trim(text);
  const std::optional<std::string> raw = text.size() == 64 ? from_hex(text) : from_base64(text);
  if (!raw || raw->size() != 32) {
    throw Error(Code::invalid_argument,
                "the key of the configuration is no key: expected 32 bytes as 64 hexadecimal digits or 44 "
                "characters of base64, found " +
                    std::to_string(text.size()) + " characters; \"ngo config encrypt --new-key\" makes one");
  }
  EncryptionKey out;
  for (std::size_t i = 0; i < raw->size(); ++i) out.bytes_[i] = static_cast<unsigned char>((*raw)[i]);
  return out;
}

std::optional<EncryptionKey> EncryptionKey::from_environment(const Environment& environment) {
  if (const auto text = environment.get("NGO_CONFIG_KEY")) return from_text(*text);
  const auto path = environment.get("NGO_CONFIG_KEY_FILE");
  if (!path) return std::nullopt;
  std::ifstream file{std::string(*path), std::ios::binary};
  if (!file.is_open())
    throw Error(Code::not_found,
                "cannot read the file " + in_quotes(*path) + ", which NGO_CONFIG_KEY_FILE names");
  std::string text(4096, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return from_text(text);
}

std::string EncryptionKey::to_text() const {
  return base64::encode({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
}

std::string EncryptionKey::encrypt(std::string_view text) const {
  std::string out(1 + kNonce + text.size() + kTag, '\0');
  out[0] = kVersion;
  unsigned char* const nonce = bytes(out) + 1;
  unsigned char* const hidden = nonce + kNonce;
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  if (RAND_bytes(nonce, kNonce) != 1 ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_.data(), nonce) != 1 ||
      EVP_EncryptUpdate(context.get(), hidden, &size, bytes(text), static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), hidden + size, &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, hidden + text.size()) != 1) {
    broken();
  }
  return "${enc:" + base64::encode(out) + "}";
}

std::string EncryptionKey::decrypt(std::string_view encrypted) const {
  std::optional<std::string> raw = from_base64(trim(encrypted));
  if (!raw || raw->size() < 1 + kNonce + kTag || (*raw)[0] != kVersion) {
    throw Error(Code::invalid_argument,
                "${enc:...} is not whole: expected the text that \"ngo config encrypt\" prints");
  }
  const std::size_t length = raw->size() - 1 - kNonce - kTag;
  unsigned char* const nonce = bytes(*raw) + 1;
  unsigned char* const hidden = nonce + kNonce;
  std::string out(length, '\0');
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  unsigned char end[kTag];
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_.data(), nonce) != 1 ||
      EVP_DecryptUpdate(context.get(), bytes(out), &size, hidden, static_cast<int>(length)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, hidden + length) != 1 ||
      EVP_DecryptFinal_ex(context.get(), end, &size) != 1) {
    throw Error(
        Code::invalid_argument,
        "${enc:...} cannot be decrypted: it was encrypted with another key, or has been changed since");
  }
  return out;
}

}  // namespace ngo::config
