// Where the articles are kept, as the rest of the program sees it. The functions are tasks although memory
// needs no waiting: a store in a database takes this one's place without a change elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <ngo/app/setup.hpp>

#include "article.hpp"

namespace newsroom {

struct StoreOptions {
  bool samples = true;
  std::uint32_t max_articles = 10'000;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&StoreOptions::samples>("begin with a few sample articles"),
      ngo::description<&StoreOptions::max_articles>("more are refused with 429"),
      ngo::range<&StoreOptions::max_articles>(1, 10'000'000));
};

// Which of the articles, and how many of them at once.
struct Selection {
  std::string words;  // all of them occur in title, body or tags; empty: every article
  std::string tag;
  int page = 1;
  int size = 10;
};

// A module: handlers ask for it as `Store&`. Any worker may call any function at any time.
class Store {
 public:
  using Options = StoreOptions;
  static constexpr std::string_view kSection = "store";
  static ngo::Task<std::unique_ptr<Store>> open(Options options, ngo::Setup& setup);

  virtual ~Store() = default;
  [[nodiscard]] virtual ngo::Task<Page> list(Selection selection) = 0;
  [[nodiscard]] virtual ngo::Task<std::optional<Article>> find(std::int64_t id) = 0;
  // Throws Error{resource_exhausted} when there are maxArticles already.
  [[nodiscard]] virtual ngo::Task<Article> add(NewArticle text) = 0;
  // Nothing: there is no article of that id.
  [[nodiscard]] virtual ngo::Task<std::optional<Article>> replace(std::int64_t id, NewArticle text) = 0;
  // False: there was none.
  [[nodiscard]] virtual ngo::Task<bool> remove(std::int64_t id) = 0;
};

}  // namespace newsroom
