// Keys of a store whose names are paths, as documents: shared by etcd and Consul.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

// What is read of such a store.
struct KeyChoice {
  std::string key;                       // or, with a "/" at its end, what all keys begin with
  std::optional<config::Format> format;  // of all of them
  bool secret = false;

  [[nodiscard]] bool is_prefix() const noexcept { return key.empty() || key.ends_with('/'); }
};

// One key of the store. Below a prefix a key without a format's suffix is a single value, as the files of a
// mounted directory are: "box-office/redis/0/password" is the value of redis.0.password.
[[nodiscard]] config::Document document_of(const KeyChoice& choice, std::string_view store,
                                           std::string_view key, std::string value);

}  // namespace ngo::app
