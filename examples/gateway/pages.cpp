#include "pages.hpp"

#include <utility>

#include <ngo/log/limited.hpp>
#include <ngo/runtime/combine.hpp>

namespace gateway {
namespace {

// [rule]
// Open for a second when half of the calls of the last second failed or were too slow.
ngo::BreakerRule rule_for(std::string_view service) {
  ngo::BreakerRule rule;
  rule.resource = service;
  rule.strategy = ngo::BreakerStrategy::error_ratio;
  rule.threshold = 0.5;
  rule.stat_interval_ms = 1000;
  rule.retry_timeout_ms = 1000;
  return rule;
}
// [/rule]

}  // namespace

ngo::Task<std::unique_ptr<Pages>> Pages::open(Options options, ngo::Setup& setup) {
  ngo::HttpClient& stories = co_await ngo::http_client(setup, "stories");
  ngo::HttpClient& comments = co_await ngo::http_client(setup, "comments");
  ngo::HttpClient& ratings = co_await ngo::http_client(setup, "ratings");
  co_return std::make_unique<Pages>(options, stories, comments, ratings);
}

Pages::Pages(Options options, ngo::HttpClient& stories, ngo::HttpClient& comments, ngo::HttpClient& ratings)
    : options_(options),
      stories_(stories),
      hedge_(options.hedge, &budget_),
      comments_{"comments", comments, ngo::CircuitBreaker(rule_for("comments"))},
      ratings_{"ratings", ratings, ngo::CircuitBreaker(rule_for("ratings"))} {}

// [page]
ngo::Task<Page> Pages::page(std::int64_t id) {
  auto [story_of, comments, rating] = co_await ngo::when_all(
      story(id), extra<std::vector<Comment>>(comments_, id), extra<Rating>(ratings_, id));
  Page page;
  page.story = std::move(story_of);
  if (comments) page.comments = std::move(*comments);
  if (rating) page.stars = rating->stars;
  if (!comments) page.missing.emplace_back(comments_.name);
  if (!rating) page.missing.emplace_back(ratings_.name);
  co_return page;
}

// A page is nothing without its story: when an answer is late, a second one is asked for beside it.
ngo::Task<Story> Pages::story(std::int64_t id) {
  auto ask = [this, id]() -> ngo::Task<Story> {
    ngo::HttpResponse response = co_await stories_.get("/stories/{id}", id);
    if (response.status() == 404) throw ngo::Error(ngo::Code::not_found, "there is no such story");
    co_return response.as<Story>();
  };
  if (!options_.protect) co_return co_await ask();
  co_return co_await hedge_.run(ask);
}

// Not waited for longer than the visitor would; not asked at all while it does not answer others.
template <class T>
ngo::Task<std::optional<T>> Pages::extra(Extra& service, std::int64_t id) {
  auto ask = [&service, id] {
    return service.client.get("/{service}/{id}", service.name, id).template as<T>();
  };
  if (!options_.protect) co_return co_await ask();
  auto in_time = [&]() -> ngo::Task<T> { co_return co_await ngo::with_timeout(options_.patience, ask()); };
  try {
    co_return co_await service.breaker.run(in_time);
  } catch (const ngo::Error& error) {
    if (error.code() == ngo::Code::cancelled) throw;  // the visitor has gone, or the story cannot be had
    ngo::log::every(std::chrono::seconds(10)).warn("pages go without {}: {}", service.name, error.message());
  }
  co_return std::nullopt;
}
// [/page]

}  // namespace gateway
