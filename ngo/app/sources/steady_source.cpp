#include "ngo/app/sources/steady_source_impl.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/duration.hpp"
#include "ngo/base/id.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

bool same(const std::vector<config::Document>& a, const std::vector<config::Document>& b) {
  const auto equal = [](const config::Document& x, const config::Document& y) {
    return x.source == y.source && x.format == y.format && x.text == y.text && x.key == y.key &&
           x.secret == y.secret;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

// Whether an old state is better than none: not where the address is wrong, or the centre says that it has
// nothing.
bool may_stand_in(const Error& why) {
  return why.code() != Code::invalid_argument && why.code() != Code::not_found &&
         why.code() != Code::cancelled;
}

}  // namespace

SteadySource::SteadySource(std::unique_ptr<config::DataSource> inside, SteadyOptions options)
    : inside_(std::move(inside)),
      options_(std::move(options)),
      cache_(options_.cache_file, options_.shown),
      pause_(options_.first_pause) {}

Task<std::vector<config::Document>> SteadySource::read() {
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
    succeeded(documents);
    co_return documents;
  }
  Context::current().check();
  behind_ = true;
  documents = kept(*failure);
  co_return documents;
}

Task<void> SteadySource::changed() {
  while (!ahead_) {
    std::optional<Error> failure;
    const TimePoint begin = EventLoop::current().now();
    if (behind_) co_await sleep(next_pause());
    try {
      if (!behind_) {
        co_await inside_->changed();
        pause_ = options_.first_pause;
        co_return;
      }
      std::vector<config::Document> documents = co_await inside_->read();
      succeeded(documents);
      ahead_ = std::move(documents);
      log::info("the configuration can be read again from {}", options_.shown);
    } catch (const Error& error) {
      failure = error;
    }
    if (!failure) continue;
    Context::current().check();
    log::every(1min).warn("no word of changes from {}: {}; trying again", options_.shown, failure->message());
    if (behind_) continue;
    if (EventLoop::current().now() - begin > options_.longest_pause) pause_ = options_.first_pause;
    co_await sleep(next_pause());
  }
}

Task<void> SteadySource::close() { return inside_->close(); }

std::vector<config::Document> SteadySource::kept(const Error& why) {
  if (has_read_ || !may_stand_in(why)) throw Error(why);
  std::optional<LocalCache::Kept> found = cache_.load();
  if (!found) throw Error(why);
  if (found->documents.empty()) found->documents.emplace_back();
  found->documents.front().warning = why.message() + "; going on with the last good configuration, " +
                                     age_of(EventLoop::current().wall() - found->saved) + " old, of " +
                                     cache_.path();
  return std::move(found->documents);
}

void SteadySource::succeeded(std::vector<config::Document>& documents) {
  behind_ = false;
  pause_ = options_.first_pause;
  if (has_read_ && same(documents, last_)) return;
  has_read_ = true;
  last_ = documents;
  std::string problem = cache_.store(documents, EventLoop::current().wall());
  if (!problem.empty() && !documents.empty() && documents.front().warning.empty())
    documents.front().warning = std::move(problem);
}

Duration SteadySource::next_pause() {
  const Duration limit = pause_;
  pause_ = std::min(pause_ * 2, options_.longest_pause);
  return limit / 2 + Duration(random_below(static_cast<std::uint64_t>(limit.count() / 2) + 1));
}

std::string age_of(Duration age) {
  age = std::max(age, Duration::zero());
  if (age >= 48h) return std::to_string(std::chrono::floor<std::chrono::days>(age).count()) + "d";
  return format_duration(age >= 1h ? Duration(std::chrono::floor<std::chrono::minutes>(age))
                                   : Duration(std::chrono::floor<std::chrono::seconds>(age)));
}

}  // namespace ngo::app
