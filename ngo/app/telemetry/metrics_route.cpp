#include "ngo/app/telemetry/metrics_route.hpp"

#include <string>
#include <utility>
#include <vector>

#include "ngo/codec/url.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/metrics/text.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

// Families of any size are cut off here: then others have their turn.
constexpr std::size_t kBytesInOneGo = std::size_t{64} * 1024;

std::vector<std::string> wanted_names(std::string_view query) {
  std::vector<std::string> names;
  query::Reader reader(query);
  for (query::Pair pair; reader.next(pair);) {
    if (pair.key == "name[]" || pair.key == "includedNames") names.emplace_back(pair.value);
  }
  return names;
}

Task<Response> scrape(Request& request, const Metrics& metrics, const metrics::Labels& resource) {
  const metrics::Negotiated negotiated = metrics::negotiate(request.header("Accept").value_or(""));
  std::string text;
  metrics::TextWriter writer(negotiated.format, text, wanted_names(request.query()));
  Metrics::Reading reading = metrics.read();
  std::size_t next_break = kBytesInOneGo;
  while (const std::optional<metrics::Family> family = reading.next()) {
    if (!writer.write(*family)) {
      metrics.report("the metric " + family->name +
                     " is not shown to Prometheus: an earlier one has the same name there");
    }
    if (text.size() < next_break) continue;
    co_await yield();
    next_break = text.size() + kBytesInOneGo;
  }
  writer.write_resource(resource);
  writer.finish();
  Response response;
  response.body(std::move(text)).content_type(negotiated.content_type);
  response.header("Cache-Control", "no-store").header("Vary", "Accept");
  co_return response;
}

}  // namespace

void add_metrics(Routes& routes, std::string_view path, const Metrics& metrics,
                 const metrics::Labels& resource) {
  routes
      .get(path,
           [&metrics, &resource](Request& request) -> Task<Response> {
             return scrape(request, metrics, resource);
           })
      .compress(true)
      .probe();
}

void compress_metrics(http::ServerOptions& options) {
  options.compression.types.emplace_back("application/openmetrics-text");
  options.compression.codings = {"gzip"};
  options.compression.gzip_level = 1;
}

}  // namespace ngo::app
