#include "ngo/app/telemetry/span_sender.hpp"

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

HttpClientOptions client_options(const SpanSender::Target& target) {
  HttpClientOptions options;
  options.name = "ngo-traces";
  options.propagate = false;
  options.deadline_header.clear();
  options.max_conns_per_host = 2;
  options.tls = target.tls;
  return options;
}

}  // namespace

SpanSender::SpanSender(Target target) : target_(std::move(target)), client_(client_options(target_)) {
  // Tells of a wrong URL now and not with the first span.
  static_cast<void>(client_.post(target_.endpoint));
}

Task<SpanSender::Answer> SpanSender::post(std::string body, std::string_view content_type, bool is_gzip) {
  Answer answer;
  try {
    HttpCall call = client_.post(target_.endpoint);
    call.body(std::move(body), content_type);
    if (is_gzip) call.header("Content-Encoding", "gzip");
    for (const auto& [name, value] : target_.headers) call.header(name, value);
    call.attempts(1).timeout(target_.timeout).response_timeout(target_.timeout);
    call.max_body(kLargestAnswer).redirects(0);
    HttpResponse response = co_await std::move(call);
    if (!response.ok()) {
      answer.result.outcome = http::is_passing(response.status()) ? Outcome::retry : Outcome::drop;
      answer.result.retry_after =
          http::parse_retry_after(response.header("Retry-After").value_or(""), EventLoop::current().wall());
      if (answer.result.retry_after)
        answer.result.retry_after = std::min(*answer.result.retry_after, kLongestRetryAfter);
      answer.result.why = target_.endpoint + " answered " + std::to_string(response.status());
    }
    answer.body = std::move(response).text();
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    answer.result.outcome = Outcome::retry;
    answer.result.why = error.message();
  }
  co_return answer;
}

}  // namespace ngo::app
