#include "article_routes.hpp"

#include <string>
#include <utility>

#include <ngo/trace/span.hpp>

#include "article.hpp"
#include "comments.hpp"
#include "pictures.hpp"
#include "store.hpp"

namespace newsroom {
namespace {

// ?page=2&size=20&tag=city
struct ListQuery {
  int page = 1;
  int size = 10;
  std::string tag;
  static constexpr auto rules =
      ngo::rules(ngo::range<&ListQuery::page>(1, 1'000'000), ngo::range<&ListQuery::size>(1, 100));
};

// ?q=bees+opera
struct SearchQuery {
  std::string q;
  int page = 1;
  int size = 10;
  static constexpr auto rules =
      ngo::rules(ngo::length<&SearchQuery::q>(1, 200), ngo::range<&SearchQuery::page>(1, 1'000'000),
                 ngo::range<&SearchQuery::size>(1, 100));
};

ngo::Error no_such_article(std::int64_t id) {
  return ngo::Error(ngo::Code::not_found, "there is no article " + std::to_string(id));
}

ngo::Task<Page> list(ngo::Query<ListQuery> query, Store& store) {
  Selection selection;
  selection.tag = query->tag;
  selection.page = query->page;
  selection.size = query->size;
  co_return co_await store.list(std::move(selection));
}

ngo::Task<Page> search(ngo::Query<SearchQuery> query, Store& store) {
  Selection selection;
  selection.words = query->q;
  selection.page = query->page;
  selection.size = query->size;
  // A part of the request's trace: it looks at every article, so one wants to know how long that takes.
  ngo::trace::Span span("search the articles");
  span.attribute("search.words", query->q);
  Page found = co_await store.list(std::move(selection));
  span.attribute("search.found", found.total);
  co_return found;
}

ngo::Task<Article> read(std::int64_t id, Store& store) {
  std::optional<Article> article = co_await store.find(id);
  if (!article) throw no_such_article(id);
  co_return *article;
}

ngo::Task<ngo::Created<Article>> write(ngo::Json<NewArticle> text, Store& store) {
  Article article = co_await store.add(std::move(*text));
  std::int64_t id = article.id;
  co_return ngo::Created(std::move(article), "/articles/{}", id);
}

ngo::Task<Article> rewrite(std::int64_t id, ngo::Json<NewArticle> text, Store& store) {
  std::optional<Article> article = co_await store.replace(id, std::move(*text));
  if (!article) throw no_such_article(id);
  co_return *article;
}

// With all that hangs on it.
ngo::Task<ngo::NoContent> remove(std::int64_t id, Store& store, Comments& comments, Pictures& pictures) {
  const bool removed = co_await store.remove(id);
  if (!removed) throw no_such_article(id);
  comments.forget(id);
  pictures.forget(id);
  co_return ngo::NoContent();
}

}  // namespace

void add_article_routes(ngo::Routes& routes) {
  ngo::Routes& articles = routes.group("/articles");
  articles.get("", list);
  articles.get("/search", search);
  articles.get("/{id}", read);
  articles.post("", write);
  articles.put("/{id}", rewrite);
  articles.del("/{id}", remove);
}

}  // namespace newsroom
