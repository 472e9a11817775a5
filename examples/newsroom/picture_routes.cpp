#include "picture_routes.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <ngo/app.hpp>

#include "pictures.hpp"
#include "store.hpp"

namespace newsroom {
namespace {

constexpr std::size_t kLargest = std::size_t{4} * 1024 * 1024;

// The first file of the form.
ngo::Task<ngo::NoContent> upload(std::int64_t id, ngo::Multipart form, Store& store, Pictures& pictures) {
  const std::optional<Article> article = co_await store.find(id);
  if (!article) throw ngo::Error(ngo::Code::not_found, "there is no article " + std::to_string(id));
  while (ngo::Part* part = co_await form.next()) {
    if (!part->is_file()) continue;
    std::string bytes;
    while (auto piece = co_await part->next()) bytes += *piece;
    pictures.put(id, std::move(bytes));
    co_return ngo::NoContent();
  }
  throw ngo::Error(ngo::Code::invalid_argument, "the form has no file");
}

ngo::File download(std::int64_t id, Pictures& pictures) {
  std::optional<Picture> picture = pictures.find(id);
  if (!picture) throw ngo::Error(ngo::Code::not_found, "the article has no picture");
  return std::move(ngo::File::memory(std::move(picture->bytes), std::string(picture->content_type))
                       .cache_control("no-cache"));
}

}  // namespace

void add_picture_routes(ngo::Routes& routes) {
  ngo::Routes& pictures = routes.group("/articles/{id}/picture");
  pictures.post("", upload).max_body(kLargest);
  pictures.get("", download);
}

}  // namespace newsroom
