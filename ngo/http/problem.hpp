// Errors as a client sees them: application/problem+json (RFC 9457) with the trace id. What happened inside
// (the message of an error of class 5xx) goes to the log and not to the client.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"

namespace ngo::http {

// An error with a status of its own, for what the canonical codes do not tell apart (413, 415, 408).
class StatusError : public Error {
 public:
  StatusError(int status, Code code, std::string message)
      : Error(code, std::move(message)), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

// What is wrong with a request's content, all of it at once. 400 where it could not be read, 422 where it was
// read and broke a rule.
class ContentError : public StatusError {
 public:
  // `part` is "body", "query", or names a parameter.
  ContentError(std::string part, Problems problems, int status);
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }
  [[nodiscard]] const std::string& part() const noexcept { return part_; }

 private:
  std::string part_;
  Problems problems_;
};

// The exception that is being handled, as a response. To be called in a catch block. Errors of class 5xx are
// logged with the trace id that the response carries. `show_internals`: with the message of internal errors
// (mode debug).
void render_current_exception(const Request& request, Response& response, bool show_internals) noexcept;

// The exception that is being handled has ended a streamed body: too late for a response, so it is only
// logged.
void log_failed_stream(const Request& request) noexcept;

// A problem of the server's own, such as 404.
void render_problem(int status, std::string_view detail, std::string_view instance, Response& response);

}  // namespace ngo::http
