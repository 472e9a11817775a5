// W3C Baggage: what a request carries with it through all services, as its callers have put it there. Of
// everybody's choosing: never believe it, never act on it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::trace {

class Baggage {
 public:
  static constexpr std::size_t kMostMembers = 180;  // that are read
  static constexpr std::size_t kSentMembers = 64;
  static constexpr std::size_t kSentBytes = 8192;

  struct Member {
    std::string key;
    std::string value;       // decoded
    std::string properties;  // as they came: "prop=1;other"
  };

  // Adds the members of one header field; whatever is no member is left out.
  void parse(std::string_view field);
  // As a header field: members as they fit into 64 and 8192 bytes. Empty for none.
  [[nodiscard]] std::string to_string() const;

  // The value under the key. Keys differ by case.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const noexcept;
  // Replaces an earlier value. False: the key is no token, or there are too many.
  bool set(std::string_view key, std::string_view value);
  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }
  void clear() noexcept { members_.clear(); }

 private:
  std::vector<Member> members_;
};

}  // namespace ngo::trace
