#include "ngo/app/jobs.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

#include "ngo/base/id.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace app {

struct Job {
  mutable std::mutex mutex;
  JobStatus status;
  EventLoop* home = nullptr;
  Context* context = nullptr;  // while it runs; on its home alone
};

}  // namespace app

namespace {

using JobPointer = std::shared_ptr<app::Job>;

// Whoever knows an id may look and cancel, so it comes from the kernel.
std::string secret_id() {
  std::array<std::uint64_t, 2> bits{};
  if (getrandom(bits.data(), sizeof bits, 0) != static_cast<ssize_t>(sizeof bits))
    throw Error(Code::unavailable, "the kernel gives no random bytes");
  std::string id(32, '0');
  write_hex(bits[1], write_hex(bits[0], id.data()));
  return id;
}

}  // namespace

struct Jobs::Shared {
  struct Ended {
    std::string id;
    std::chrono::steady_clock::time_point at;
  };
  mutable std::mutex mutex;
  Options options;
  std::unordered_map<std::string, JobPointer> jobs;
  std::list<Ended> ended;  // the oldest first
  std::size_t running = 0;
  bool closed = false;

  // With the mutex held.
  void forget_old() {
    const auto now = std::chrono::steady_clock::now();
    while (!ended.empty() &&
           (ended.size() > options.max_kept || now - ended.front().at >= options.keep_for)) {
      jobs.erase(ended.front().id);
      ended.pop_front();
    }
  }
};

void Progress::set(double fraction, std::string message) {
  const std::lock_guard lock(job_->mutex);
  job_->status.progress = fraction > 0 ? std::min(fraction, 1.0) : 0;
  job_->status.message = std::move(message);
}

Task<std::unique_ptr<Jobs>> Jobs::open(Options options, Setup& setup) {
  auto jobs = std::make_unique<Jobs>(options);
  Jobs* raw = jobs.get();
  setup.on_drain([raw]() -> Task<void> {
    raw->close_entrance();
    co_return;
  });
  co_return jobs;
}

Jobs::Jobs(Options options) : shared_(std::make_shared<Shared>()) { shared_->options = options; }
Jobs::~Jobs() = default;

StartedJob Jobs::begin(std::string name, Work work) {
  auto job = std::make_shared<app::Job>();
  job->status.id = secret_id();
  job->status.name = std::move(name);
  job->home = &EventLoop::current();
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->closed) throw Error(Code::unavailable, "the service is stopping; no more jobs begin");
    if (shared_->running >= shared_->options.max_running) {
      throw Error(Code::resource_exhausted,
                  std::to_string(shared_->running) + " jobs are running, which is the limit");
    }
    shared_->forget_old();
    shared_->jobs.emplace(job->status.id, job);
    ++shared_->running;
  }
  spawn_detached(run(shared_, job, std::move(work)));
  const std::lock_guard lock(job->mutex);
  return StartedJob(job->status);
}

Task<void> Jobs::run(std::shared_ptr<Shared> shared, std::shared_ptr<app::Job> job, Work work) {
  Context& context = Context::current();
  job->context = &context;
  JobState state = JobState::done;
  std::string text;
  try {
    Progress progress(*job);
    text = co_await work(progress);
  } catch (const std::exception& error) {
    state = context.cancelled() ? JobState::cancelled : JobState::failed;
    text = error.what();
    // A code below 500 says something about the request, as in an answer; the rest stays in the log.
    const auto* known = dynamic_cast<const Error*>(&error);
    if (state == JobState::failed && (known == nullptr || http_status(known->code()) >= 500)) {
      log::error("the job {} {} failed: {}", job->status.name, job->status.id, text);
      text = "the job failed inside of the service; its log has more under the job's id";
    }
  } catch (...) {
    state = JobState::failed;
    text = "the job failed inside of the service; its log has more under the job's id";
    log::error("the job {} {} failed with something that is no std::exception", job->status.name,
               job->status.id);
  }
  job->context = nullptr;
  {
    const std::lock_guard lock(job->mutex);
    job->status.state = state;
    if (state == JobState::done) {
      job->status.progress = 1;
      if (!text.empty()) job->status.result = json::parse<JsonValue>(text);
    } else if (state == JobState::failed) {
      job->status.error = std::move(text);
    }
  }
  const std::lock_guard lock(shared->mutex);
  --shared->running;
  shared->ended.push_back({job->status.id, std::chrono::steady_clock::now()});
  shared->forget_old();
}

std::optional<JobStatus> Jobs::find(std::string_view id) const {
  JobPointer job;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->forget_old();
    const auto found = shared_->jobs.find(std::string(id));
    if (found == shared_->jobs.end()) return std::nullopt;
    job = found->second;
  }
  const std::lock_guard lock(job->mutex);
  return job->status;
}

bool Jobs::cancel(std::string_view id) {
  const std::lock_guard lock(shared_->mutex);
  const auto found = shared_->jobs.find(std::string(id));
  if (found == shared_->jobs.end()) return false;
  const JobPointer job = found->second;
  const auto old = std::find_if(shared_->ended.begin(), shared_->ended.end(),
                                [&](const Shared::Ended& each) { return each.id == id; });
  if (old != shared_->ended.end()) {
    shared_->ended.erase(old);
    shared_->jobs.erase(found);
    return true;
  }
  job->home->post([job] {
    if (job->context != nullptr) job->context->cancel();
  });
  return true;
}

std::size_t Jobs::running() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->running;
}

void Jobs::close_entrance() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
}

void add_job_routes(Routes& routes, std::string_view prefix) {
  const std::string path = std::string(prefix) + "/{id}";
  routes.get(path, [](Jobs& jobs, std::string id) {
    std::optional<JobStatus> status = jobs.find(id);
    if (!status) throw Error(Code::not_found, "there is no such job, or it has ended long ago");
    Response response = Response::json(*status);
    response.header("Cache-Control", "no-store");
    return response;
  });
  routes.del(path, [](Jobs& jobs, std::string id) {
    if (!jobs.cancel(id)) throw Error(Code::not_found, "there is no such job, or it has ended long ago");
    return NoContent();
  });
}

void http::Result<StartedJob>::render(StartedJob&& started, Response& response) {
  response.status(202).set_json(type_of<JobStatus>(), &started.status);
  response.header("Location", std::move(started.location));
}

}  // namespace ngo
