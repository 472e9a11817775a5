// The articles that an empty newsroom begins with.
#pragma once

#include <vector>

#include "article.hpp"

namespace newsroom {

[[nodiscard]] std::vector<NewArticle> sample_articles();

}  // namespace newsroom
