#include "ngo/http/problem.hpp"

#include "ngo/base/id.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/thrown.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/http/status.hpp"
#include "ngo/http/unified.hpp"
#include "ngo/log/log.hpp"
#include "ngo/resilience/retry_after.hpp"

namespace ngo::http {
namespace {

struct ContentProblem {
  std::string pointer;
  std::string parameter;
  std::string code;
  std::string detail;
  static constexpr auto rules = ngo::rules(ngo::omit_if_empty<&ContentProblem::pointer>(),
                                           ngo::omit_if_empty<&ContentProblem::parameter>());
};

// RFC 9457 section 3, with the members that ngo adds.
struct ProblemBody {
  std::string type = "about:blank";
  std::string title;
  int status = 500;
  std::string detail;
  std::string instance;
  std::string trace_id;
  std::vector<ContentProblem> errors;
  static constexpr auto rules =
      ngo::rules(ngo::omit_if_empty<&ProblemBody::detail>(), ngo::omit_if_empty<&ProblemBody::instance>(),
                 ngo::omit_if_empty<&ProblemBody::trace_id>(), ngo::omit_if_empty<&ProblemBody::errors>());
};

void write(ProblemBody& body, Response& response) {
  body.title = reason_phrase(body.status);
  response.reset();
  response.status(body.status).set_json(type_of<ProblemBody>(), &body);
  response.set_media(Response::Media::problem);
}

// The trace of the request; one is begun for a request that has none, so that the client's report and the log
// line can be brought together.
std::string trace_id_of(const Request& request) {
  Context& context = request.context();
  if (!context.trace().valid()) context.set_trace({TraceId::generate(), {}});
  return context.trace().trace.to_string();
}

void add_content(const ContentError& error, ProblemBody& body) {
  for (const Problem& problem : error.problems()) {
    ContentProblem item;
    if (error.part() == "body") {
      item.pointer = "#" + problem.path;
    } else {
      item.parameter = problem.path.empty() ? error.part() : problem.path.substr(1);
    }
    item.code = problem.code;
    item.detail = problem.message;
    body.errors.push_back(std::move(item));
  }
}

struct Failure {
  int status;
  std::string message;
  const ContentError* content = nullptr;
  std::string stack = {};  // where an exception that nobody expected was thrown
  std::optional<UnifiedCode> code = {};
};

// The same as the original's body: the table's message, and as data only what is wrong with a content.
void write_unified(const Failure& failure, ProblemBody& body, Response& response) {
  const int code = static_cast<int>(failure.code.value_or(unified::code_of_status(failure.status)));
  Unified<std::vector<ContentProblem>> unified{code, std::string(unified::message_of(code)), std::nullopt};
  if (!body.errors.empty()) unified.data = std::move(body.errors);
  response.reset();
  response.status(failure.status).set_json(type_of<Unified<std::vector<ContentProblem>>>(), &unified);
}

void render(const Failure& failure, const Request& request, Response& response, bool show_internals) {
  ProblemBody body;
  body.status = failure.status;
  body.instance = request.path();
  body.trace_id = trace_id_of(request);
  if (failure.content != nullptr) add_content(*failure.content, body);
  if (failure.status < 500 || show_internals) {
    body.detail = failure.message;
  } else {
    body.detail = "the request failed inside of the service; its log has more under the trace id";
  }
  if (failure.status >= 500) {
    if (failure.stack.empty()) {
      log::error("{} {} failed: {}", request.method_name(), request.path(), failure.message);
    } else {
      log::with({{"stack", failure.stack}})
          .error("{} {} failed: {}", request.method_name(), request.path(), failure.message);
    }
  }
  if (request.error_body() == ErrorBody::unified) return write_unified(failure, body, response);
  write(body, response);
}

// RFC 9110 section 10.2.3, in whole seconds, not sooner than the error says.
void add_retry_after(const Error& error, Response& response) {
  if (const std::optional<Duration> after = retry_after(error)) {
    response.header("Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(*after).count()));
  }
}

}  // namespace

ContentError::ContentError(std::string part, Problems problems, int status)
    : StatusError(status, Code::invalid_argument, to_string(problems)),
      part_(std::move(part)),
      problems_(std::move(problems)) {}

void render_current_exception(const Request& request, Response& response, bool show_internals) noexcept {
  try {
    try {
      throw;
    } catch (const ContentError& error) {
      render(Failure{error.status(), "the " + error.part() + " does not fit", &error}, request, response,
             show_internals);
    } catch (const UnifiedError& error) {
      if (!error.cause().empty())
        log::warn("{} {}: {}: {}", request.method_name(), request.path(), error.message(), error.cause());
      render(Failure{error.status(), error.message(), nullptr, {}, error.unified_code()}, request, response,
             show_internals);
    } catch (const StatusError& error) {
      render(Failure{error.status(), error.message()}, request, response, show_internals);
    } catch (const Error& error) {
      render(Failure{http_status(error.code()), error.message()}, request, response, show_internals);
      add_retry_after(error, response);
    } catch (const std::exception& error) {
      render(Failure{status::kInternalServerError, error.what(), nullptr,
                     where_thrown(error, "ngo::http::Transaction::")},
             request, response, show_internals);
    } catch (...) {
      render(Failure{status::kInternalServerError, "something was thrown that is no std::exception"}, request,
             response, show_internals);
    }
  } catch (...) {
    // Out of memory while saying so: the status alone.
    response.reset();
    response.status(status::kInternalServerError);
  }
}

void log_failed_stream(const Request& request) noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    log::error("{} {}: the streamed answer broke off: {}", request.method_name(), request.path(),
               error.what());
  } catch (...) {
    log::error("{} {}: the streamed answer broke off", request.method_name(), request.path());
  }
}

void render_problem(int status, std::string_view detail, std::string_view instance, Response& response) {
  ProblemBody body;
  body.status = status;
  body.detail = detail;
  body.instance = instance;
  write(body, response);
}

}  // namespace ngo::http
