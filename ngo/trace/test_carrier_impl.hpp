// A message for tests: fields in the order in which they are written, names in any case of letters.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/text.hpp"
#include "ngo/trace/propagation.hpp"

namespace ngo::trace {

class TestCarrier final : public Carrier {
 public:
  TestCarrier() = default;
  TestCarrier(const TestCarrier& other) : Carrier(), fields_(other.fields_) {}
  TestCarrier(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  [[nodiscard]] std::string_view get(std::string_view name) const noexcept override {
    for (const auto& [key, value] : fields_) {
      if (equals_ignoring_case(key, name)) return value;
    }
    return {};
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept override {
    std::size_t count = 0;
    for (const auto& [key, value] : fields_) count += equals_ignoring_case(key, name) ? 1 : 0;
    return count;
  }
  void each(FunctionRef<void(std::string_view, std::string_view)> f) const override {
    for (const auto& [key, value] : fields_) f(key, value);
  }
  void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace ngo::trace
