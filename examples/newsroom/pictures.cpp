#include "pictures.hpp"

#include <utility>

#include <ngo/base/error.hpp>

namespace newsroom {

std::optional<std::string_view> picture_type(std::string_view bytes) noexcept {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return "image/webp";
  return std::nullopt;
}

ngo::Task<std::unique_ptr<Pictures>> Pictures::open(Options options, ngo::Setup& /*setup*/) {
  co_return std::make_unique<Pictures>(options);
}

void Pictures::put(std::int64_t article, std::string bytes) {
  const std::optional<std::string_view> type = picture_type(bytes);
  if (!type)
    throw ngo::Error(ngo::Code::invalid_argument, "this is no picture; expected PNG, JPEG, GIF or WebP");
  const std::lock_guard lock(mutex_);
  if (!pictures_.contains(article) && pictures_.size() >= options_.max_pictures) {
    throw ngo::Error(
        ngo::Code::resource_exhausted,
        "the newsroom holds " + std::to_string(options_.max_pictures) + " pictures and takes no more");
  }
  pictures_[article] = Picture{std::make_shared<const std::string>(std::move(bytes)), *type};
}

std::optional<Picture> Pictures::find(std::int64_t article) {
  const std::lock_guard lock(mutex_);
  const auto found = pictures_.find(article);
  if (found == pictures_.end()) return std::nullopt;
  return found->second;
}

void Pictures::forget(std::int64_t article) {
  const std::lock_guard lock(mutex_);
  pictures_.erase(article);
}

}  // namespace newsroom
