#include "ngo/app/telemetry/telemetry_sender.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/client/url.hpp"
#include "ngo/http/retry_after.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::app {
namespace {

using Outcome = trace::ExportResult::Outcome;

constexpr std::uint64_t kLargestAnswer = 4 * 1024 * 1024;  // OTLP's limit
constexpr Duration kLongestRetryAfter = std::chrono::hours(1);

HttpClientOptions client_options(const TelemetrySender::Target& target) {
  HttpClientOptions options;
  options.name = target.client;
  options.propagate = false;
  options.deadline_header.clear();
  options.max_conns_per_host = 2;
  options.tls = target.tls;
  return options;
}

}  // namespace

TelemetrySender::TelemetrySender(Target target)
    : target_(std::move(target)), client_(client_options(target_)) {
  client_.set_traced(false);
  // Tells of a wrong URL now and not with the first that is sent.
  static_cast<void>(client_.post(target_.endpoint));
}

Task<TelemetrySender::Answer> TelemetrySender::post(std::string body, std::string_view content_type,
                                                    bool is_gzip, Duration limit) {
  Answer answer;
  try {
    HttpCall call = client_.post(target_.endpoint);
    call.body(std::move(body), content_type);
    if (is_gzip) call.header("Content-Encoding", "gzip");
    for (const auto& [name, value] : target_.headers) call.header(name, value);
    limit = std::min(limit, target_.timeout);
    call.attempts(1).timeout(limit).response_timeout(limit);
    call.max_body(kLargestAnswer).redirects(0);
    HttpResponse response = co_await std::move(call);
    if (!response.ok()) {
      answer.result.outcome = http::is_passing(response.status()) ? Outcome::retry : Outcome::drop;
      answer.result.retry_after =
          http::parse_retry_after(response.header("Retry-After").value_or(""), EventLoop::current().wall());
      if (answer.result.retry_after)
        answer.result.retry_after = std::min(*answer.result.retry_after, kLongestRetryAfter);
      answer.error = std::to_string(response.status());
      answer.result.why = target_.endpoint + " answered " + answer.error;
    }
    answer.body = std::move(response).text();
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    answer.result.outcome = Outcome::retry;
    answer.error = to_string(error.code());
    answer.result.why = error.message();
  }
  co_return answer;
}

}  // namespace ngo::app
