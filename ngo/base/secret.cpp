#include "ngo/base/secret.hpp"

#include <cstring>

namespace ngo {
namespace detail {

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // within its room: takes no memory
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace detail

bool is_secret(const Type& type) noexcept {
  const Type* at = &type;
  while (at->kind() == Kind::optional || at->kind() == Kind::sequence || at->kind() == Kind::map)
    at = &at->element();
  return at->kind() == Kind::text && at->text().name == kSecretName;
}

}  // namespace ngo
