// The last good configuration of a source, in a file: a service that starts while its centre is away goes on
// with it. The file is replaced as a whole, and only its owner may read it, since it may hold secrets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ngo/config/data_source.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::app {

class LocalCache {
 public:
  struct Kept {
    std::vector<config::Document> documents;
    WallTime saved;
  };

  // `owner` says whose documents these are; a file of another owner is not taken. An empty path: no cache.
  LocalCache(std::string path, std::string owner) : path_(std::move(path)), owner_(std::move(owner)) {}

  // Nothing when there is no file, or none that can be used.
  [[nodiscard]] std::optional<Kept> load() const;
  // What went wrong; empty when it is kept.
  [[nodiscard]] std::string store(const std::vector<config::Document>& documents, WallTime now) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  std::string owner_;
};

}  // namespace ngo::app
