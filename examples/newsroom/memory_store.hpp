// The store of a demonstration: the articles live as long as the process.
#pragma once

#include <map>
#include <mutex>

#include "store.hpp"

namespace newsroom {

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(StoreOptions options) : options_(options) {}

  [[nodiscard]] ngo::Task<Page> list(Selection selection) override;
  [[nodiscard]] ngo::Task<std::optional<Article>> find(std::int64_t id) override;
  [[nodiscard]] ngo::Task<Article> add(NewArticle text) override;
  [[nodiscard]] ngo::Task<std::optional<Article>> replace(std::int64_t id, NewArticle text) override;
  [[nodiscard]] ngo::Task<bool> remove(std::int64_t id) override;

  [[nodiscard]] std::size_t size() const;

 private:
  StoreOptions options_;
  // All workers share the articles. The lock is held for as long as memory is read or written and never over
  // a co_await, so it blocks nobody for long.
  mutable std::mutex mutex_;
  std::map<std::int64_t, Article> articles_;
  std::int64_t last_id_ = 0;
};

}  // namespace newsroom
