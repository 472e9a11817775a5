// One picture for each article, in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <ngo/app/setup.hpp>

namespace newsroom {

struct Picture {
  std::shared_ptr<const std::string> bytes;
  std::string_view content_type;
};

// The type of a picture by how its bytes begin; nothing for what is no PNG, JPEG, GIF or WebP. What a client
// says of it is not believed: a browser would run a page that calls itself a picture.
[[nodiscard]] std::optional<std::string_view> picture_type(std::string_view bytes) noexcept;

struct PictureOptions {
  std::uint32_t max_pictures = 100;
};

// A module: handlers ask for it as `Pictures&`. Any worker may call any function at any time.
class Pictures {
 public:
  using Options = PictureOptions;
  static constexpr std::string_view kSection = "pictures";
  static ngo::Task<std::unique_ptr<Pictures>> open(Options options, ngo::Setup& setup);

  explicit Pictures(Options options) : options_(options) {}
  // Throws Error{invalid_argument} for what is no picture, {resource_exhausted} when there are too many.
  void put(std::int64_t article, std::string bytes);
  [[nodiscard]] std::optional<Picture> find(std::int64_t article);
  void forget(std::int64_t article);

 private:
  Options options_;
  std::mutex mutex_;
  std::map<std::int64_t, Picture> pictures_;
};

}  // namespace newsroom
