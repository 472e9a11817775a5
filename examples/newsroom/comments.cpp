#include "comments.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <ngo/base/civil_time.hpp>
#include <ngo/codec/json.hpp>

namespace newsroom {

ngo::Task<std::unique_ptr<Comments>> Comments::open(Options options, ngo::Setup& /*setup*/) {
  co_return std::make_unique<Comments>(options);
}

Comment Comments::add(std::int64_t article, NewComment comment) {
  std::array<char, ngo::kLogTimeSize> time{};
  ngo::write_log_time(std::chrono::system_clock::now(), time.data());
  const std::lock_guard lock(mutex_);
  Comment made{++last_id_, std::move(comment.author), std::move(comment.text), std::string(time.data(), 16)};
  Thread& thread = threads_[article];
  thread.kept.push_back(made);
  if (thread.kept.size() > options_.keep) thread.kept.pop_front();
  thread.hub.publish(ngo::ServerEvent(ngo::json::to_string(made), "comment"));
  return made;
}

std::vector<Comment> Comments::list(std::int64_t article) {
  const std::lock_guard lock(mutex_);
  const auto found = threads_.find(article);
  if (found == threads_.end()) return {};
  return {found->second.kept.begin(), found->second.kept.end()};
}

ngo::Events Comments::follow(std::int64_t article) {
  const std::lock_guard lock(mutex_);
  return threads_[article].hub.subscribe();
}

void Comments::forget(std::int64_t article) {
  const std::lock_guard lock(mutex_);
  threads_.erase(article);
}

}  // namespace newsroom
