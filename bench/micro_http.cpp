// What the HTTP room costs for each request before a handler runs: parsing the head, finding the route,
// taking a chunked body apart.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/chunked.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/router.hpp"

namespace {

using ngo::http::ChunkedDecoder;
using ngo::http::Method;
using ngo::http::RouteMatch;
using ngo::http::Router;

// What wrk sends.
constexpr std::string_view kSmallRequest = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

// What a browser sends, about 600 bytes.
constexpr std::string_view kBrowserRequest =
    "GET /articles/2026/spring?page=2&sort=date HTTP/1.1\r\n"
    "Host: news.example.com\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Referer: https://news.example.com/articles\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Cookie: session=9f86d081884c7d659a2feaa0c55ad015\r\n"
    "\r\n";

void parse_request(benchmark::State& state, std::string_view bytes) {
  const ngo::http::HeadLimits limits;
  ngo::http::RequestParser parser(limits);
  ngo::http::RequestHead head;
  for (auto _ : state) {
    parser.reset();
    benchmark::DoNotOptimize(bytes);
    if (parser.parse(bytes.data(), bytes.size(), head) != ngo::http::Progress::done)
      state.SkipWithError("refused");
    benchmark::DoNotOptimize(head.size());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK_CAPTURE(parse_request, small, kSmallRequest);
BENCHMARK_CAPTURE(parse_request, browser, kBrowserRequest);

// In pieces of 64 bytes, as from a slow client.
void parse_request_in_pieces(benchmark::State& state) {
  const ngo::http::HeadLimits limits;
  ngo::http::RequestParser parser(limits);
  ngo::http::RequestHead head;
  for (auto _ : state) {
    parser.reset();
    auto progress = ngo::http::Progress::need_more;
    for (std::size_t size = 64; progress == ngo::http::Progress::need_more; size += 64) {
      progress = parser.parse(kBrowserRequest.data(), std::min(size, kBrowserRequest.size()), head);
    }
    benchmark::DoNotOptimize(progress);
  }
}
BENCHMARK(parse_request_in_pieces);

// 200 routes of a usual service: forty resources with five patterns each.
Router two_hundred_routes() {
  Router router;
  for (int number = 0; number < 40; ++number) {
    const std::string resource = "/api/v1/resource" + std::to_string(number);
    router.add(Method::get | Method::post, resource, 0);
    router.add(Method::get, resource + "/search", 1);
    router.add(Method::get | Method::put | Method::del, resource + "/{id}", 2);
    router.add(Method::get | Method::post, resource + "/{id}/comments", 3);
    router.add(Method::get, resource + "/{id}/comments/{comment}", 4);
  }
  return router;
}

void find_route(benchmark::State& state, std::string_view path, RouteMatch::Kind kind) {
  const Router router = two_hundred_routes();
  RouteMatch match;
  for (auto _ : state) {
    benchmark::DoNotOptimize(path);
    if (router.match(Method::get, path, match) != kind) state.SkipWithError("another route");
    benchmark::DoNotOptimize(match.size());
  }
}
BENCHMARK_CAPTURE(find_route, literal, "/api/v1/resource23/search", RouteMatch::Kind::found);
BENCHMARK_CAPTURE(find_route, one_parameter, "/api/v1/resource23/4711", RouteMatch::Kind::found);
BENCHMARK_CAPTURE(find_route, two_parameters, "/api/v1/resource23/4711/comments/42", RouteMatch::Kind::found);
BENCHMARK_CAPTURE(find_route, escaped, "/api/v1/resource23/a%20b/comments/42", RouteMatch::Kind::found);
BENCHMARK_CAPTURE(find_route, unknown, "/api/v1/nothing/of/this", RouteMatch::Kind::not_found);

void decode_chunked(benchmark::State& state) {
  const auto chunk_size = static_cast<std::size_t>(state.range(0));
  std::string bytes;
  for (std::size_t count = 0; count < 16; ++count)
    ngo::http::append_chunk(bytes, std::string(chunk_size, 'x'));
  bytes += ngo::http::kLastChunk;
  ChunkedDecoder decoder;
  for (auto _ : state) {
    decoder.reset();
    std::string_view rest = bytes;
    ChunkedDecoder::Step step = decoder.next(rest);
    for (; step.kind == ChunkedDecoder::Kind::data; step = decoder.next(rest))
      rest.remove_prefix(step.consumed);
    if (step.kind != ChunkedDecoder::Kind::done) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations() * 16);  // chunks
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(decode_chunked)->Arg(16)->Arg(4096);

}  // namespace
