// ngo's client, with everything that is on by default: limits of time, the deadline sent along,
// decompression, retries. Usage: bench_client_ngo PORT CONNECTIONS SECONDS [http2]
#include <ngo/http/client/client.hpp>

#include <string>
#include <vector>

#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "report.hpp"

namespace {

ngo::Task<void> call_again_and_again(ngo::HttpClient& http, const std::string& url, bench::Report& report) {
  while (!report.over()) {
    auto response = co_await http.get(url);
    if (response.status() != 200) std::exit(2);
    report.answered();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Wanted wanted = bench::read_arguments(argc, argv);
  const std::string url = "http://127.0.0.1:" + std::to_string(wanted.port) + "/hello";
  ngo::EventLoop loop;
  ngo::HttpClientOptions options;
  options.max_conns_per_host = 100'000;
  if (wanted.http2) options.http2 = ngo::Http2Use::only;
  ngo::HttpClient http(options);
  bench::Report report(wanted);
  std::vector<ngo::Task<void>> tasks;
  for (int i = 0; i < wanted.connections; ++i) tasks.push_back(call_again_and_again(http, url, report));
  loop.block_on(ngo::when_all(std::move(tasks)));
  report.print();
  return 0;
}
