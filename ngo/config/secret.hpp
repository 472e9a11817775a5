// What must not be shown: found by its name, whatever the struct says.
#pragma once

#include <string>
#include <string_view>

namespace ngo::config {

// Whether a key of that name holds a secret: password, passwd, pwd, secret, token, credential(s), dsn, or a
// name that ends in key (accessKey, private-key), in any spelling.
[[nodiscard]] bool is_secret_name(std::string_view key) noexcept;

// The text with the password of every URL in it masked: "mysql://app:***@db/news".
[[nodiscard]] std::string mask_urls(std::string_view text);

// What is shown in place of a secret.
inline constexpr std::string_view kMask = "***";

}  // namespace ngo::config
