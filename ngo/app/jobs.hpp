// Work that takes longer than a request should: the handler answers 202 with the address of a status, the
// work goes on beside the requests, and the client asks there how far it is.
//
//   ngo::add_job_routes(app);                                        // GET and DELETE /jobs/{id}
//   app.post("/import", [](ngo::Jobs& jobs) {
//     return jobs.start("import", [](ngo::Progress& progress) -> ngo::Task<Summary> {
//       for (int i = 0; i < 100; ++i) { co_await import(i); progress.set(i / 100.0, "reading"); }
//       co_return Summary{...};
//     });
//   });
//
// A module of its own: naming `Jobs&` is enough. A stop waits for running jobs as for requests, then cancels
// them; nothing survives the process: for work that must not be lost use a queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ngo/app/module.hpp"
#include "ngo/app/setup.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

enum class JobState : std::uint8_t { running, done, failed, cancelled };

// What a client sees of a job.
struct JobStatus {
  std::string id;
  std::string name;
  JobState state = JobState::running;
  double progress = 0;  // 0 to 1
  std::string message;
  std::optional<JsonValue> result;   // when done, if the work gives one
  std::optional<std::string> error;  // when failed
  static constexpr auto rules =
      ngo::rules(ngo::omit_if_empty<&JobStatus::result>(), ngo::omit_if_empty<&JobStatus::error>());
};

struct JobsOptions {
  std::uint32_t max_running = 100;
  std::uint32_t max_kept = 1000;
  std::chrono::seconds keep_for = std::chrono::hours(1);
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&JobsOptions::max_running>("at the same time; more are refused with 429"),
      ngo::description<&JobsOptions::max_kept>("ended jobs that can still be asked for"),
      ngo::description<&JobsOptions::keep_for>("how long after their end"),
      ngo::range<&JobsOptions::max_running>(1, 100'000), ngo::range<&JobsOptions::max_kept>(0, 1'000'000));
};

namespace app {
struct Job;
}

// What the work says about itself. Valid while it runs; from any thread.
class Progress {
 public:
  explicit Progress(app::Job& job) noexcept : job_(&job) {}
  // `fraction` from 0 to 1. The message is shown to the client.
  void set(double fraction, std::string message = {});

 private:
  app::Job* job_;
};

// A job that has begun: as a result 202 with Location and the status as JSON.
struct StartedJob {
  explicit StartedJob(JobStatus now) : status(std::move(now)), location("/jobs/" + status.id) {}
  // Where its routes are added under another prefix than "/jobs".
  StartedJob&& at(std::string_view prefix) && {
    location = std::string(prefix) + "/" + status.id;
    return std::move(*this);
  }
  JobStatus status;
  std::string location;
};

// Shared by all workers; every function may be called from any of them.
class Jobs {
 public:
  using Options = JobsOptions;
  static constexpr std::string_view kSection = "jobs";
  [[nodiscard]] static Task<std::unique_ptr<Jobs>> open(Options options, Setup& setup);

  explicit Jobs(Options options);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  ~Jobs();

  // Calls `work(progress)`, a coroutine whose result (void, or what can be JSON) is kept, on this worker. It
  // has the request's trace, but neither its deadline nor its cancellation. `work` lives as long as it runs.
  // Throws Error{resource_exhausted} when too many run, {unavailable} when the service stops.
  template <class F>
  [[nodiscard]] StartedJob start(std::string name, F work) {
    return begin(std::move(name),
                 [work = std::make_shared<F>(std::move(work))](Progress& progress) -> Task<std::string> {
                   using TaskType = std::invoke_result_t<F&, Progress&>;
                   if constexpr (std::is_same_v<TaskType, Task<void>>) {
                     co_await (*work)(progress);
                     co_return std::string();
                   } else {
                     auto result = co_await (*work)(progress);
                     co_return json::to_string(result);
                   }
                 });
  }

  // Nothing: there is no such job, or it has ended long ago.
  [[nodiscard]] std::optional<JobStatus> find(std::string_view id) const;
  // Ends the waits of a running job, soon; forgets one that has ended. False: there is no such job.
  bool cancel(std::string_view id);
  [[nodiscard]] std::size_t running() const;
  // No more jobs begin.
  void close_entrance();

 private:
  using Work = std::function<Task<std::string>(Progress&)>;
  [[nodiscard]] StartedJob begin(std::string name, Work work);
  struct Shared;
  static Task<void> run(std::shared_ptr<Shared> shared, std::shared_ptr<app::Job> job, Work work);

  std::shared_ptr<Shared> shared_;
};

// GET {prefix}/{id}: the status, 404 where there is none. DELETE {prefix}/{id}: cancels, or forgets, 204. An
// id is a secret of 128 random bits; put middleware around the group where that is not enough.
void add_job_routes(Routes& routes, std::string_view prefix = "/jobs");

template <>
struct http::Result<StartedJob> {
  static void render(StartedJob&& started, Response& response);
};

}  // namespace ngo
