#include "search.hpp"

#include <algorithm>

namespace newsroom {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

}  // namespace

Search::Search(std::string_view words, std::string_view tag) : tag_(tag) {
  const std::string text = lower_case(words);
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words_.push_back(text.substr(at, end - at));
    at = end;
  }
}

bool Search::finds(const Article& article) const {
  if (!tag_.empty() && std::find(article.tags.begin(), article.tags.end(), tag_) == article.tags.end())
    return false;
  if (words_.empty()) return true;
  std::string text = lower_case(article.title) + '\n' + lower_case(article.body);
  for (const std::string& tag : article.tags) text += '\n' + tag;
  return std::all_of(words_.begin(), words_.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

}  // namespace newsroom
