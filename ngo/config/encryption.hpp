// Secrets that may stand in a repository: "${enc:...}" in a configuration is a text that was encrypted with
// AES-256-GCM. Whoever has the key reads it; a changed character, or another key, is a clear error. The key
// comes from NGO_CONFIG_KEY, or from the file that NGO_CONFIG_KEY_FILE names. For secrets that change often,
// or that an audit follows, mount files and use ${file:PATH}.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ngo/config/environment.hpp"

namespace ngo::config {

class EncryptionKey {
 public:
  // 32 bytes of the system's randomness.
  [[nodiscard]] static EncryptionKey generate();
  // 64 hexadecimal digits or 44 characters of base64, as to_text() gives; throws ngo::Error
  // (invalid_argument).
  [[nodiscard]] static EncryptionKey from_text(std::string_view text);
  // That of NGO_CONFIG_KEY or NGO_CONFIG_KEY_FILE; nothing when neither is set. Throws ngo::Error.
  [[nodiscard]] static std::optional<EncryptionKey> from_environment(const Environment& environment);
  EncryptionKey(const EncryptionKey&) = default;
  EncryptionKey& operator=(const EncryptionKey&) = default;
  // Overwrites the key.
  ~EncryptionKey();

  [[nodiscard]] std::string to_text() const;
  // "${enc:...}", another text every time.
  [[nodiscard]] std::string encrypt(std::string_view text) const;
  // What stands between "${enc:" and "}"; throws ngo::Error (invalid_argument) that does not show any of it.
  [[nodiscard]] std::string decrypt(std::string_view encrypted) const;

 private:
  EncryptionKey() = default;

  std::array<unsigned char, 32> bytes_{};
};

}  // namespace ngo::config
