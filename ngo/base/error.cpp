#include "ngo/base/error.hpp"

#include <array>

namespace ngo {
namespace {

struct Row {
  std::string_view name;
  std::uint16_t http;
  std::uint8_t grpc;
  bool retry;
};

// In the order of Code.
constexpr std::array<Row, 12> kTable = {{
    {"invalid_argument", 400, 3, false},
    {"not_found", 404, 5, false},
    {"already_exists", 409, 6, false},
    {"permission_denied", 403, 7, false},
    {"unauthenticated", 401, 16, false},
    {"resource_exhausted", 429, 8, true},
    {"aborted", 409, 10, true},
    {"unavailable", 503, 14, true},
    {"deadline_exceeded", 504, 4, false},
    {"cancelled", 499, 1, false},
    {"unimplemented", 501, 12, false},
    {"internal", 500, 13, false},
}};

constexpr const Row& row(Code code) { return kTable[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view to_string(Code code) noexcept { return row(code).name; }

std::optional<Code> code_from_string(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].name == name) return static_cast<Code>(i);
  }
  return std::nullopt;
}

int http_status(Code code) noexcept { return row(code).http; }
int grpc_status(Code code) noexcept { return row(code).grpc; }
bool may_retry(Code code) noexcept { return row(code).retry; }

Error&& Error::with(std::string name, std::string value) && {
  return std::move(with(std::move(name), std::move(value)));
}

Error& Error::with(std::string name, std::string value) & {
  fields_.emplace_back(std::move(name), std::move(value));
  return *this;
}

}  // namespace ngo
