#include "ngo/app/sources/kept_source_impl.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/duration.hpp"
#include "ngo/base/id.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

bool may_stand_in(const Error& why) {
  return why.code() != Code::invalid_argument && why.code() != Code::not_found;
}

}  // namespace

KeptSource::KeptSource(std::unique_ptr<config::DataSource> inside, std::string file, std::string owner)
    : inside_(std::move(inside)), cache_(std::move(file), std::move(owner)) {}

Task<std::vector<config::Document>> KeptSource::read() {
  std::vector<config::Document> documents;
  if (ahead_) {
    documents = std::move(*ahead_);
    ahead_.reset();
    co_return documents;
  }
  std::optional<Error> failure;
  try {
    documents = co_await inside_->read();
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) {
    co_await succeeded(documents);
    co_return documents;
  }
  Context::current().check();
  documents = kept(*failure);
  co_return documents;
}

Task<void> KeptSource::changed() {
  if (!stands_in_ && !ahead_) co_await inside_->changed();
  Duration limit = kFirstPause;
  while (stands_in_) {
    // Copies of a service that were started together do not come in step.
    co_await sleep(limit / 2 + Duration(random_below(static_cast<std::uint64_t>(limit.count() / 2) + 1)));
    limit = std::min<Duration>(limit * 2, kLongestPause);
    try {
      std::vector<config::Document> documents = co_await inside_->read();
      ahead_ = std::move(documents);
      co_await succeeded(*ahead_);
    } catch (const Error&) {
      Context::current().check();  // the warning of the first read still holds
    }
  }
}

Task<void> KeptSource::close() { return inside_->close(); }

std::vector<config::Document> KeptSource::kept(const Error& why) {
  if (has_read_ || !may_stand_in(why)) throw Error(why);
  std::optional<LocalCache::Kept> found = cache_.load();
  if (!found) throw Error(why);
  stands_in_ = true;
  if (found->documents.empty()) found->documents.emplace_back();
  found->documents.front().warning = why.message() + "; going on with the last good configuration, " +
                                     age_of(EventLoop::current().wall() - found->saved) + " old, of " +
                                     cache_.path();
  return std::move(found->documents);
}

Task<void> KeptSource::succeeded(std::vector<config::Document>& documents) {
  stands_in_ = false;
  const bool is_kept = has_read_ && config::same_content(documents, last_);
  has_read_ = true;
  if (is_kept) co_return;
  const WallTime now = EventLoop::current().wall();
  std::string problem = co_await blocking([&] { return cache_.store(documents, now); });
  last_ = documents;
  if (!problem.empty() && !documents.empty() && documents.front().warning.empty())
    documents.front().warning = std::move(problem);
}

std::string age_of(Duration age) {
  age = std::max(age, Duration::zero());
  if (age >= 48h) return std::to_string(std::chrono::floor<std::chrono::days>(age).count()) + "d";
  return format_duration(age >= 1h ? Duration(std::chrono::floor<std::chrono::minutes>(age))
                                   : Duration(std::chrono::floor<std::chrono::seconds>(age)));
}

}  // namespace ngo::app
