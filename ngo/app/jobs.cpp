#include "ngo/app/jobs.hpp"

#include <deque>
#include <mutex>
#include <unordered_map>

#include "ngo/app/setup.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/status.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace detail {

struct Job {
  std::string id;
  std::string kind;
  EventLoop* home = nullptr;
  Context* context = nullptr;  // while it runs; on its own worker only

  std::mutex mutex;  // for what follows
  JobState state = JobState::running;
  double progress = 0;
  std::string message;
  std::string result = "null";  // JSON
  std::string error;

  [[nodiscard]] JobStatus status() {
    std::lock_guard lock(mutex);
    JobStatus status;
    status.id = id;
    status.kind = kind;
    status.state = state;
    status.progress = progress;
    status.message = message;
    status.result = json::parse<JsonValue>(result);
    status.error = error;
    return status;
  }
  void end(JobState how, std::string json, std::string why) {
    std::lock_guard lock(mutex);
    state = how;
    if (how == JobState::done) progress = 1;
    result = std::move(json);
    error = std::move(why);
  }
};

// Outlives the module where a job does not end in time.
struct JobTable {
  explicit JobTable(const JobsOptions& its_options) : options(its_options) {}

  struct Ended {
    std::string id;
    TimePoint when;
  };

  // With the lock.
  void forget_old(TimePoint now) {
    while (!ended.empty() &&
           (ended.size() > options.max_kept || ended.front().when + options.keep_for < now)) {
      jobs.erase(ended.front().id);
      ended.pop_front();
    }
  }
  void add_ended(const std::string& id, TimePoint now) {
    std::lock_guard lock(mutex);
    --running;
    ended.push_back({id, now});
    forget_old(now);
  }

  const JobsOptions options;
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Job>> jobs;
  std::deque<Ended> ended;  // the oldest first
  std::size_t running = 0;
};

namespace {

// What a client may know of the failure; the rest goes to the log.
std::string describe_failure(const Job& job) {
  try {
    throw;
  } catch (const Error& error) {
    if (http_status(error.code()) < 500) return error.message();
    log::error("job {} {} failed: {}", job.kind, job.id, error.what());
    return std::string(to_string(error.code()));
  } catch (const std::exception& error) {
    log::error("job {} {} failed: {}", job.kind, job.id, error.what());
  } catch (...) {
    log::error("job {} {} failed with something that is no std::exception", job.kind, job.id);
  }
  return std::string(to_string(Code::internal));
}

Task<void> drive(std::shared_ptr<JobTable> table, std::shared_ptr<Job> job, Task<std::string> work) {
  Context& context = Context::current();
  job->context = &context;
  context.add_log_field("job", job->id);
  try {
    std::string result = co_await std::move(work);
    job->end(JobState::done, std::move(result), "");
  } catch (...) {
    if (context.cancelled()) {
      job->end(JobState::cancelled, "null", "");
    } else {
      job->end(JobState::failed, "null", describe_failure(*job));
    }
  }
  job->context = nullptr;
  table->add_ended(job->id, EventLoop::current().now());
}

}  // namespace
}  // namespace detail

void JobProgress::report(double fraction, std::string message) {
  std::lock_guard lock(job_->mutex);
  // The comparison is made so that a NaN is none of both.
  job_->progress = fraction > 0 ? (fraction < 1 ? fraction : 1) : 0;
  if (!message.empty()) job_->message = std::move(message);
}

Task<std::unique_ptr<Jobs>> Jobs::open(Options options, Setup&) { co_return std::make_unique<Jobs>(options); }

Jobs::Jobs(const Options& options) : table_(std::make_shared<detail::JobTable>(options)) {}
Jobs::~Jobs() = default;

std::shared_ptr<detail::Job> Jobs::begin(std::string kind) {
  auto job = std::make_shared<detail::Job>();
  job->id = Uuid::random().to_string();
  job->kind = std::move(kind);
  job->home = &EventLoop::current();
  std::lock_guard lock(table_->mutex);
  table_->forget_old(job->home->now());
  if (table_->running >= table_->options.max_running) {
    throw Error(Code::resource_exhausted, std::to_string(table_->running) +
                                              " jobs are running, which is the most (jobs.maxRunning); try "
                                              "again when one has ended");
  }
  ++table_->running;
  table_->jobs.emplace(job->id, job);
  return job;
}

StartedJob Jobs::launch(std::shared_ptr<detail::Job> job, Task<std::string> work) {
  spawn_detached(detail::drive(table_, job, std::move(work)));
  StartedJob started;
  started.status = job->status();
  return started;
}

std::optional<JobStatus> Jobs::find(std::string_view id) {
  std::shared_ptr<detail::Job> job;
  {
    std::lock_guard lock(table_->mutex);
    table_->forget_old(EventLoop::current().now());
    auto found = table_->jobs.find(std::string(id));
    if (found == table_->jobs.end()) return std::nullopt;
    job = found->second;
  }
  return job->status();
}

bool Jobs::cancel(std::string_view id) {
  std::lock_guard lock(table_->mutex);
  auto found = table_->jobs.find(std::string(id));
  if (found == table_->jobs.end()) return false;
  found->second->home->post([job = found->second] {
    if (job->context != nullptr) job->context->cancel();
  });
  return true;
}

bool Jobs::forget(std::string_view id) {
  std::lock_guard lock(table_->mutex);
  for (auto ended = table_->ended.begin(); ended != table_->ended.end(); ++ended) {
    if (ended->id != id) continue;
    table_->jobs.erase(ended->id);
    table_->ended.erase(ended);
    return true;
  }
  return false;
}

std::size_t Jobs::running() const {
  std::lock_guard lock(table_->mutex);
  return table_->running;
}

void add_job_routes(Routes& routes, std::string_view prefix) {
  const std::string pattern = std::string(prefix) + "/{id}";
  routes.get(pattern, [](Jobs& jobs, std::string_view id) -> Response {
    std::optional<JobStatus> status = jobs.find(id);
    if (!status) http::throw_nothing_there();
    Response response = Response::json(*status);
    response.header("Cache-Control", "no-store");
    return response;
  });
  routes.del(pattern, [](Jobs& jobs, std::string_view id) -> Response {
    if (jobs.forget(id)) return Response(status::kNoContent);
    std::optional<JobStatus> status = jobs.find(id);
    if (!status || !jobs.cancel(id)) http::throw_nothing_there();
    return Response::json(*status, status::kAccepted);
  });
}

Task<void> http::Result<StartedJob>::render(StartedJob started, Request& request, Response& response) {
  response.status(status::kAccepted).set_json(type_of<JobStatus>(), &started.status);
  std::string location = std::move(started.location);
  if (location.empty()) {
    location = request.path();
    if (location.empty() || location.back() != '/') location += '/';
    location += started.status.id;
  }
  response.header("Location", std::move(location));
  co_return;
}

}  // namespace ngo
