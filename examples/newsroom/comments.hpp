// What readers say under the articles, kept for asking and sent to whoever watches.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ngo/app/setup.hpp>
#include <ngo/http/event_hub.hpp>

namespace newsroom {

struct Comment {
  std::int64_t id = 0;
  std::string author;
  std::string text;
  std::string at;  // 2026-11-23 07:45
};

struct NewComment {
  std::string author;
  std::string text;

  static constexpr auto rules =
      ngo::rules(ngo::length<&NewComment::author>(1, 80), ngo::length<&NewComment::text>(1, 2000));
};

struct CommentOptions {
  std::uint32_t keep = 100;

  static constexpr auto rules =
      ngo::rules(ngo::description<&CommentOptions::keep>("comments that are kept of each article"),
                 ngo::range<&CommentOptions::keep>(1, 100'000));
};

// A module: handlers ask for it as `Comments&`. Any worker may call any function at any time.
class Comments {
 public:
  using Options = CommentOptions;
  static constexpr std::string_view kSection = "comments";
  static ngo::Task<std::unique_ptr<Comments>> open(Options options, ngo::Setup& setup);

  explicit Comments(Options options) : options_(options) {}
  Comment add(std::int64_t article, NewComment comment);
  [[nodiscard]] std::vector<Comment> list(std::int64_t article);
  // Each new one from now on, as an event.
  [[nodiscard]] ngo::Events follow(std::int64_t article);
  // Of an article that is gone. Who follows it sees the end.
  void forget(std::int64_t article);

 private:
  struct Thread {
    std::deque<Comment> kept;
    ngo::EventHub hub;
  };

  Options options_;
  std::mutex mutex_;
  std::int64_t last_id_ = 0;
  std::map<std::int64_t, Thread> threads_;
};

}  // namespace newsroom
