#include "ngo/http/middleware/steps.hpp"

#include <utility>

#include "ngo/codec/json.hpp"

namespace ngo::http {
namespace {

template <class Options>
bool wanted(const std::optional<Options>& options) noexcept {
  return options && options->enabled;
}

}  // namespace

StepSet Steps::on(const MiddlewareOptions& options) noexcept {
  StepSet on;
  if (wanted(options.access_log)) on.add(Step::access_log);
  if (wanted(options.request_id)) on.add(Step::request_id);
  if (wanted(options.server_timing)) on.add(Step::server_timing);
  if (wanted(options.security_headers)) on.add(Step::security_headers);
  if (wanted(options.cors)) on.add(Step::cors);
  if (options.url_metrics.enabled) on.add(Step::metrics);
  if (options.tracing.enabled) on.add(Step::tracing);
  return on;
}

Steps::Steps(const MiddlewareOptions& options, std::shared_ptr<log::Sink> access_sink, const Steps* before)
    : on_(on(options)) {
  if (on_.has(Step::access_log)) {
    access_options_ = json::to_string(*options.access_log);
    if (before != nullptr && before->access_options_ == access_options_) {
      access_log_ = before->access_log_;
    } else {
      access_log_ = std::make_shared<const AccessLog>(*options.access_log, std::move(access_sink));
    }
    needs_clock_ = access_log_->pattern().needs_duration();
  }
  if (on_.has(Step::request_id)) request_ids_.emplace(*options.request_id);
  if (on_.has(Step::security_headers)) security_headers_.emplace(*options.security_headers);
  for (const Step step : {Step::access_log, Step::security_headers, Step::metrics}) {
    if (on_.has(step)) for_refusals_.add(step);
  }
  needs_clock_ =
      needs_clock_ || on_.has(Step::server_timing) || on_.has(Step::metrics) || on_.has(Step::tracing);
}

}  // namespace ngo::http
