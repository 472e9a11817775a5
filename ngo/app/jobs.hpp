// Work that takes longer than a client waits: a handler starts it and answers 202 at once, and the client
// asks at a URL how far it is.
//
//   app.post("/imports", [](Jobs& jobs, Json<Order> order) {
//     return jobs.start("import", [order = *order](JobProgress& progress) -> Task<Imported> { ... });
//   });
//   add_job_routes(app, "/imports");  // GET and DELETE /imports/{id}
//
// A job runs on the worker that started it, under a Context of its own, with the trace and the log fields of
// the request but neither its deadline nor its end. A stop waits for it as for a request (shutdownTimeout),
// then cancels it. Jobs live in this process and end with it: what must survive a restart belongs into a
// queue or a database.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ngo/app/module.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

struct JobsOptions {
  std::uint32_t max_running = 16;
  std::uint32_t max_kept = 1000;
  std::chrono::milliseconds keep_for = std::chrono::hours(1);

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(),
                 ngo::description<&JobsOptions::max_running>("jobs at a time; to start one more is 429"),
                 ngo::description<&JobsOptions::max_kept>("ended jobs that can still be asked about"),
                 ngo::description<&JobsOptions::keep_for>("and for how long"),
                 ngo::range<&JobsOptions::max_running>(1, 1'000'000));
};

enum class JobState : std::uint8_t { running, done, failed, cancelled };

// What is known of a job; the JSON at its URL.
struct JobStatus {
  std::string id;
  std::string kind;
  JobState state = JobState::running;
  double progress = 0;  // 0 to 1
  std::string message;  // the last one reported
  JsonValue result;     // null unless done
  std::string error;    // of what failed; of errors inside of the service only their code
};

namespace detail {
struct Job;
struct JobTable;
}  // namespace detail

// Given to the work to tell how far it is. From any thread; lives as long as one likes.
class JobProgress {
 public:
  explicit JobProgress(std::shared_ptr<detail::Job> job) noexcept : job_(std::move(job)) {}
  // `fraction` is brought into 0 to 1; an empty message leaves the last one.
  void report(double fraction, std::string message = {});

 private:
  std::shared_ptr<detail::Job> job_;
};

// As a handler's result: 202 with the status as JSON, and with Location: the job's own, else the path of the
// request with the id behind it.
struct StartedJob {
  JobStatus status;
  std::string location = {};
};

class Jobs {
 public:
  using Options = JobsOptions;
  static constexpr std::string_view kSection = "jobs";
  static Task<std::unique_ptr<Jobs>> open(Options options, Setup& setup);

  explicit Jobs(const Options& options);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;
  ~Jobs();

  // Starts `work(JobProgress&)`, a Task whose value (plain struct, container, nothing) becomes the result, on
  // this worker until its first wait. The function is kept with what it captures until the work has ended.
  // Throws Error{resource_exhausted} when maxRunning are running.
  template <class F>
  [[nodiscard]] StartedJob start(std::string kind, F work) {
    std::shared_ptr<detail::Job> job = begin(std::move(kind));
    return launch(job, run(std::move(work), JobProgress(job)));
  }

  // From any worker. Nothing for an id that never was, or is not kept any more.
  [[nodiscard]] std::optional<JobStatus> find(std::string_view id);
  // Cancels the Context of a job that runs, soon. False: there is no such job.
  bool cancel(std::string_view id);
  // Drops a job that has ended. False: there is none, or it runs.
  bool forget(std::string_view id);
  [[nodiscard]] std::size_t running() const;

 private:
  template <class F>
  static Task<std::string> run(F work, JobProgress progress) {
    using Value = typename http::TaskResult<std::invoke_result_t<F&, JobProgress&>>::Type;
    if constexpr (std::is_void_v<Value>) {
      co_await work(progress);
      co_return "null";
    } else {
      Value value = co_await work(progress);
      co_return json::to_string(value);
    }
  }
  [[nodiscard]] std::shared_ptr<detail::Job> begin(std::string kind);
  [[nodiscard]] StartedJob launch(std::shared_ptr<detail::Job> job, Task<std::string> work);

  std::shared_ptr<detail::JobTable> table_;
};

// GET prefix/{id}: 200 with the JobStatus. DELETE prefix/{id}: cancels a job that runs (202 with its status),
// forgets one that has ended (204). Both 404 for no job. Every job of the module is found under every prefix;
// ids are unique but no secrets: who may ask is the matter of the routes' middleware.
void add_job_routes(Routes& routes, std::string_view prefix);

namespace http {

template <>
struct Result<StartedJob> {
  static Task<void> render(StartedJob started, Request& request, Response& response);
};

}  // namespace http
}  // namespace ngo
