// The pages of the gateway: each is put together from three services. The story is the page; comments and
// rating make it nicer, and it goes without them when they do not come in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ngo/app/http_client.hpp>
#include <ngo/app/setup.hpp>
#include <ngo/resilience.hpp>

namespace gateway {

struct Story {
  std::int64_t id = 0;
  std::string title;
  std::string text;
};
struct Comment {
  std::string author;
  std::string text;
};
struct Rating {
  double stars = 0;
};
struct Page {
  Story story;
  std::vector<Comment> comments;
  std::optional<double> stars;
  std::vector<std::string> missing;  // services that did not answer in time
};

// [options]
struct PagesOptions {
  bool protect = true;
  ngo::Duration patience = std::chrono::milliseconds(50);  // with what a page can go without
  ngo::HedgeOptions hedge = {.delay = std::chrono::milliseconds(20), .percentile = 0.95};

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&PagesOptions::protect>("false: just calls, to see the difference"),
      ngo::description<&PagesOptions::patience>("how long comments and ratings are waited for"),
      ngo::description<&PagesOptions::hedge>("when a story is asked for a second time"),
      ngo::at_least<&PagesOptions::patience>(std::chrono::milliseconds(1)));
};
// [/options]

class Pages {
 public:
  using Options = PagesOptions;
  static constexpr std::string_view kSection = "pages";
  static ngo::Task<std::unique_ptr<Pages>> open(Options options, ngo::Setup& setup);
  Pages(Options options, ngo::HttpClient& stories, ngo::HttpClient& comments, ngo::HttpClient& ratings);

  // Throws Error{not_found} when there is no such story, and what the call for the story threw.
  ngo::Task<Page> page(std::int64_t id);

 private:
  // A service that a page can go without.
  struct Extra {
    std::string_view name;
    ngo::HttpClient& client;
    ngo::CircuitBreaker breaker;
  };
  ngo::Task<Story> story(std::int64_t id);
  template <class T>
  ngo::Task<std::optional<T>> extra(Extra& service, std::int64_t id);

  Options options_;
  ngo::HttpClient& stories_;
  ngo::RetryBudget budget_;
  ngo::Hedge hedge_;
  Extra comments_;
  Extra ratings_;
};

}  // namespace gateway
