// Which coding of an answer a client likes best (RFC 9110, 12.5.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ngo/codec/coding.hpp"

namespace ngo::http {

// How welcome each coding is, in thousandths; 0: refused.
class AcceptedCodings {
 public:
  // Nothing: the field is missing, and only identity is sure to be understood.
  explicit AcceptedCodings(std::optional<std::string_view> field);

  [[nodiscard]] int weight(Coding coding) const noexcept {
    return weights_[static_cast<std::size_t>(coding)];
  }
  // The best of `offered`, of equals the first; identity when that is liked better or nothing fits.
  [[nodiscard]] Coding choose(std::span<const Coding> offered) const noexcept;

 private:
  std::array<std::int16_t, kCodingCount> weights_{};
};

// The value of "q=" among the parameters behind the first ";" of a list member, in thousandths; 1000 without
// one, 0 when it is none (RFC 9110, 12.4.2).
[[nodiscard]] int quality_of(std::string_view member) noexcept;

}  // namespace ngo::http
