#include "comment_routes.hpp"

#include <cstdint>
#include <vector>

#include <ngo/app.hpp>

#include "comments.hpp"
#include "store.hpp"

namespace newsroom {
namespace {

// Only of articles that there are: a hub is made for each.
ngo::Task<void> need_article(std::int64_t id, Store& store) {
  const std::optional<Article> found = co_await store.find(id);
  if (!found) throw ngo::Error(ngo::Code::not_found, "there is no article " + std::to_string(id));
}

ngo::Task<std::vector<Comment>> list(std::int64_t id, Store& store, Comments& comments) {
  co_await need_article(id, store);
  co_return comments.list(id);
}

ngo::Task<Comment> say(std::int64_t id, ngo::Json<NewComment> comment, Store& store, Comments& comments) {
  co_await need_article(id, store);
  co_return comments.add(id, std::move(*comment));
}

ngo::Task<ngo::Events> watch(std::int64_t id, Store& store, Comments& comments) {
  co_await need_article(id, store);
  co_return comments.follow(id);
}

}  // namespace

void add_comment_routes(ngo::Routes& routes) {
  ngo::Routes& comments = routes.group("/articles/{id}/comments");
  comments.get("", list);
  comments.post("", say);
  comments.get("/live", watch).timeout(ngo::Duration::zero());
}

}  // namespace newsroom
