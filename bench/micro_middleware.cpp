// What the built-in steps of the server cost for each request, one by one; docs/middleware.md quotes it.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>

#include "ngo/http/middleware/access_log.hpp"
#include "ngo/http/middleware/cors.hpp"
#include "ngo/http/middleware/maintenance.hpp"
#include "ngo/http/middleware/request_id.hpp"
#include "ngo/http/middleware/security_headers.hpp"
#include "ngo/http/middleware/server_timing.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace {

constexpr std::string_view kSmall = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
constexpr std::string_view kBrowser =
    "GET /articles/2026/spring?page=2&sort=date HTTP/1.1\r\n"
    "Host: news.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36\r\n"
    "Referer: https://news.example.com/articles\r\n"
    "Origin: https://www.example.com\r\n"
    "X-Request-Id: 9f86d081-884c-7d65-9a2f-eaa0c55ad015\r\n"
    "\r\n";

class Nowhere final : public ngo::log::Sink {
 public:
  bool write(ngo::log::Level /*level*/, std::string_view line) noexcept override {
    benchmark::DoNotOptimize(line.data());
    return true;
  }
};

// A request that has been parsed, and room for what a step writes.
struct Parsed {
  explicit Parsed(std::string_view bytes) : parser(limits) {
    if (parser.parse(bytes.data(), bytes.size(), head) != ngo::http::Progress::done) std::abort();
  }
  ngo::http::HeadLimits limits;
  ngo::http::RequestParser parser;
  ngo::http::RequestHead head;
  ngo::Response response;
  ngo::Context context;
  char out[1024];
};

void step_access_log(benchmark::State& state, std::string_view bytes, const char* pattern) {
  Parsed request(bytes);
  ngo::http::AccessLogOptions options;
  options.pattern = pattern;
  const ngo::http::AccessLog log(options, std::make_shared<Nowhere>());
  ngo::EventLoop loop;
  ngo::http::AccessLogWriter writer(log, loop);
  ngo::http::AccessRecord record;
  record.head = &request.head;
  record.response = &request.response;
  record.context = &request.context;
  record.client = record.peer = "127.0.0.1";
  record.status = 200;
  record.body_bytes = 97;
  for (auto _ : state) writer.write(record);
}
BENCHMARK_CAPTURE(step_access_log, common, kSmall, "common");
BENCHMARK_CAPTURE(step_access_log, combined, kSmall, "combined");
BENCHMARK_CAPTURE(step_access_log, combined_browser, kBrowser, "combined");
BENCHMARK_CAPTURE(step_access_log, json, kSmall, "json");

void step_request_id(benchmark::State& state, std::string_view bytes) {
  Parsed request(bytes);
  const ngo::http::RequestIds ids({});
  ngo::http::RequestId id;
  for (auto _ : state) {
    ids.begin(request.head.headers(), request.context, id);
    benchmark::DoNotOptimize(ids.write_head(id, request.out));
    request.context.reset();
  }
}
BENCHMARK_CAPTURE(step_request_id, made, kSmall);
BENCHMARK_CAPTURE(step_request_id, given, kBrowser);

void step_security_headers(benchmark::State& state, bool with_fields) {
  Parsed request(kSmall);
  if (with_fields) request.response.header("Cache-Control", "no-store").header("ETag", "\"1\"");
  const ngo::http::SecurityHeaders headers({});
  for (auto _ : state) benchmark::DoNotOptimize(headers.write_head(request.response, false, request.out));
}
BENCHMARK_CAPTURE(step_security_headers, block, false);
BENCHMARK_CAPTURE(step_security_headers, beside_two_fields, true);

void step_cors(benchmark::State& state, std::string_view bytes) {
  Parsed request(bytes);
  ngo::http::CorsOptions options;
  options.origins = {"https://a.example", "https://*.example.com"};
  const ngo::http::Cors cors(options);
  for (auto _ : state) {
    const std::string_view origin = request.head.headers().get(ngo::http::KnownHeader::origin);
    const bool allowed = cors.allows(origin);
    benchmark::DoNotOptimize(
        cors.write_head(allowed ? origin : std::string_view(), request.response, request.out));
  }
}
BENCHMARK_CAPTURE(step_cors, no_origin, kSmall);
BENCHMARK_CAPTURE(step_cors, pattern, kBrowser);

// With the two looks at the clock.
void step_server_timing(benchmark::State& state) {
  Parsed request(kSmall);
  const ngo::Clock& clock = ngo::Clock::real();
  for (auto _ : state) {
    const ngo::TimePoint began = clock.now();
    benchmark::DoNotOptimize(ngo::http::write_server_timing(clock.now() - began, "", request.out));
  }
}
BENCHMARK(step_server_timing);

void step_maintenance(benchmark::State& state) {
  const ngo::Maintenance maintenance;
  for (auto _ : state) benchmark::DoNotOptimize(maintenance.is_on());
}
BENCHMARK(step_maintenance);

}  // namespace
