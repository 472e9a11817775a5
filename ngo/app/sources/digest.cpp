#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "ngo/app/sources/digest_impl.hpp"
#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), out.data(),
           &size) == nullptr)
    throw Error(Code::internal, "OpenSSL cannot compute HMAC-SHA1");
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string md5_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_md5(), nullptr) != 1)
    throw Error(Code::internal, "OpenSSL cannot compute MD5");
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[out[i] >> 4U];
    hex += "0123456789abcdef"[out[i] & 15U];
  }
  return hex;
}

}  // namespace ngo::app
