// The built-in steps of a server, made from its options: what is on, and the object behind each.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ngo/http/middleware/access_log.hpp"
#include "ngo/http/middleware/options.hpp"
#include "ngo/http/middleware/step.hpp"

namespace ngo::http {

class Steps {
 public:
  // Throws as the constructors of the steps do. `access_sink`: where the access log goes instead of where the
  // options say. Where the access log is to be as in `before` it is the same.
  Steps(const MiddlewareOptions& options, std::shared_ptr<log::Sink> access_sink,
        const Steps* before = nullptr);

  // Which steps the options switch on.
  [[nodiscard]] static StepSet on(const MiddlewareOptions& options) noexcept;

  [[nodiscard]] StepSet on() const noexcept { return on_; }
  // Those that stand around the answer to what was no request.
  [[nodiscard]] StepSet for_refusals() const noexcept { return for_refusals_; }
  // Whether some step wants to know how long a request took: then the clock is read for each.
  [[nodiscard]] bool needs_clock() const noexcept { return needs_clock_; }

  // Each only where on() has it.
  [[nodiscard]] const AccessLog& access_log() const noexcept { return *access_log_; }
  [[nodiscard]] const RequestIds& request_ids() const noexcept { return *request_ids_; }
  [[nodiscard]] const SecurityHeaders& security_headers() const noexcept { return *security_headers_; }

 private:
  StepSet on_;
  StepSet for_refusals_;
  bool needs_clock_ = false;
  std::string access_options_;  // as JSON
  std::shared_ptr<const AccessLog> access_log_;
  std::optional<RequestIds> request_ids_;
  std::optional<SecurityHeaders> security_headers_;
};

}  // namespace ngo::http
