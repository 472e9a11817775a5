// Whether an article is what somebody looks for: every word occurs in it, in any case of (ASCII) letters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "article.hpp"

namespace newsroom {

class Search {
 public:
  // No words and no tag: every article is found.
  Search(std::string_view words, std::string_view tag);
  [[nodiscard]] bool finds(const Article& article) const;

 private:
  std::vector<std::string> words_;  // in lower case
  std::string tag_;
};

}  // namespace newsroom
