#include "memory_store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <ngo/base/error.hpp>

#include "samples.hpp"
#include "search.hpp"

namespace newsroom {
namespace {

std::string today() {
  auto days = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  std::chrono::year_month_day date(days);
  auto two_digits = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<unsigned>(date.month())) + "-" +
         two_digits(static_cast<unsigned>(date.day()));
}

void write(Article& article, NewArticle text) {
  article.title = std::move(text.title);
  article.author = std::move(text.author);
  article.body = std::move(text.body);
  article.tags = std::move(text.tags);
}

Headline headline_of(const Article& article) {
  return Headline{article.id, article.title, article.author, article.published_on};
}

}  // namespace

ngo::Task<std::unique_ptr<Store>> Store::open(Options options, ngo::Setup& setup) {
  auto store = std::make_unique<MemoryStore>(options);
  if (options.samples) {
    for (NewArticle& sample : sample_articles()) co_await store->add(std::move(sample));
  }
  setup.health([memory = store.get()]() -> ngo::Task<ngo::Health> {
    co_return ngo::Health::up().with("articles", std::to_string(memory->size()));
  });
  co_return store;
}

ngo::Task<Page> MemoryStore::list(Selection selection) {
  const Search search(selection.words, selection.tag);
  std::lock_guard lock(mutex_);
  std::vector<const Article*> found;
  for (auto article = articles_.rbegin(); article != articles_.rend(); ++article) {  // newest first
    if (search.finds(article->second)) found.push_back(&article->second);
  }
  const auto size = static_cast<std::size_t>(selection.size);
  const std::size_t pages = std::max<std::size_t>(1, (found.size() + size - 1) / size);
  const std::size_t from = std::min(found.size(), (static_cast<std::size_t>(selection.page) - 1) * size);

  Page page;
  page.page = selection.page;
  page.pages = static_cast<int>(pages);
  page.total = static_cast<std::int64_t>(found.size());
  for (std::size_t i = from; i < std::min(found.size(), from + size); ++i) {
    page.articles.push_back(headline_of(*found[i]));
  }
  co_return page;
}

ngo::Task<std::optional<Article>> MemoryStore::find(std::int64_t id) {
  std::lock_guard lock(mutex_);
  auto found = articles_.find(id);
  if (found == articles_.end()) co_return std::nullopt;
  co_return found->second;
}

ngo::Task<Article> MemoryStore::add(NewArticle text) {
  std::lock_guard lock(mutex_);
  if (articles_.size() >= options_.max_articles) {
    throw ngo::Error(
        ngo::Code::resource_exhausted,
        "the newsroom holds " + std::to_string(options_.max_articles) + " articles and takes no more");
  }
  Article article;
  article.id = ++last_id_;
  article.published_on = today();
  write(article, std::move(text));
  co_return articles_.emplace(article.id, std::move(article)).first->second;
}

ngo::Task<std::optional<Article>> MemoryStore::replace(std::int64_t id, NewArticle text) {
  std::lock_guard lock(mutex_);
  auto found = articles_.find(id);
  if (found == articles_.end()) co_return std::nullopt;
  Article& article = found->second;
  write(article, std::move(text));
  ++article.revision;
  co_return article;
}

ngo::Task<bool> MemoryStore::remove(std::int64_t id) {
  std::lock_guard lock(mutex_);
  co_return articles_.erase(id) == 1;
}

std::size_t MemoryStore::size() const {
  std::lock_guard lock(mutex_);
  return articles_.size();
}

}  // namespace newsroom
