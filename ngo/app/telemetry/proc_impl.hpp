// What /proc says of this process and its host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ngo::app {

// A file of /proc, as far as it fits.
class ProcFile {
 public:
  explicit ProcFile(const char* path) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }
  // The number behind `name`.
  [[nodiscard]] std::optional<std::int64_t> number_after(std::string_view name) const noexcept;

 private:
  std::array<char, 4096> text_{};  // the last one stays zero
  std::size_t size_ = 0;
};

struct ProcessMemory {
  std::int64_t all = 0;  // bytes
  std::int64_t resident = 0;
};
[[nodiscard]] std::optional<ProcessMemory> process_memory();
[[nodiscard]] std::optional<std::int64_t> open_descriptors();

}  // namespace ngo::app
