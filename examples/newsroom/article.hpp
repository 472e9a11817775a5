// What the newsroom is about, as plain structs: each is JSON, and a form for what clients send, by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ngo/base/rules.hpp>

namespace newsroom {

struct Article {
  std::int64_t id = 0;
  std::string title;
  std::string author;
  std::string body;
  std::vector<std::string> tags;
  std::string published_on;  // 2026-11-23
  int revision = 1;
};

// What a client sends to write or to rewrite one. All mistakes in it are answered at once.
struct NewArticle {
  std::string title;
  std::string author;
  std::string body;
  std::vector<std::string> tags;

  static constexpr auto rules =
      ngo::rules(ngo::length<&NewArticle::title>(1, 200), ngo::length<&NewArticle::author>(1, 80),
                 ngo::length<&NewArticle::body>(1, 20'000), ngo::length<&NewArticle::tags>(0, 10),
                 ngo::pattern<&NewArticle::tags>("[a-z0-9-]{1,30}"));
};

// An article as it stands in a list.
struct Headline {
  std::int64_t id = 0;
  std::string title;
  std::string author;
  std::string published_on;
};

// One page of a longer list, newest first.
struct Page {
  std::vector<Headline> articles;
  int page = 1;
  int pages = 1;
  std::int64_t total = 0;
};

}  // namespace newsroom
