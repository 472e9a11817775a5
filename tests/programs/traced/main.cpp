// The service whose traces are looked at: it calls others, has spans of its own, logs, fails, and starts work
// that outlives the request. docs/tracing.md quotes it.
#include <ngo/app.hpp>
#include <ngo/app/http_client.hpp>
#include <ngo/base/error.hpp>
#include <ngo/codec/json_writer.hpp>
#include <ngo/runtime/blocking.hpp>
#include <ngo/runtime/detached.hpp>
#include <ngo/runtime/wait.hpp>
#include <ngo/trace/exporter.hpp>
#include <ngo/trace/span.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ngo/log/log.hpp"

using namespace std::chrono_literals;

namespace {

struct Hops {
  std::vector<std::string> to;  // what to call, one after the other
};

// [span]
ngo::Task<int> charge(int amount) {
  ngo::trace::Span span("charge the card", ngo::trace::SpanKind::client);
  span.attribute("payment.provider", "acme").attribute("payment.amount", amount);
  co_await ngo::sleep(1ms);
  span.event("accepted");
  co_return amount;
}
// [/span]

ngo::Task<void> tidy_up() {
  co_await ngo::sleep(5ms);
  const ngo::trace::Span span("tidy up");
  ngo::log::info("tidied up");
}

// [exporter]
// Writes a line of JSON for each span.
class Lines final : public ngo::trace::Exporter {
 public:
  explicit Lines(std::string path) : path_(std::move(path)) {}

  std::string_view name() const noexcept override { return "lines"; }

  ngo::Task<ngo::trace::ExportResult> send(std::span<const ngo::trace::FragmentPtr> batch) override {
    std::string lines;
    for (const ngo::trace::FragmentPtr& fragment : batch) {
      for (const ngo::trace::SpanData& span : fragment->spans) {
        ngo::json::Writer out(lines);
        out.begin_object().member("trace", span.trace.to_string()).member("name", span.name);
        out.member("nanoseconds", span.end - span.start).end_object();
        lines += '\n';
      }
    }
    // Files block, so that is no work for the loop. What is thrown counts as "try again later".
    co_await ngo::blocking([&] { append(lines); });
    co_return ngo::trace::ExportResult();  // all taken
  }

 private:
  void append(const std::string& lines) const {
    std::FILE* const file = std::fopen(path_.c_str(), "a");
    if (file == nullptr) throw ngo::Error(ngo::Code::unavailable, "cannot open " + path_);
    std::fwrite(lines.data(), 1, lines.size(), file);
    std::fclose(file);
  }

  std::string path_;
};
// [/exporter]

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "traced", .version = "1.0.0"});
  // [use]
  if (const char* const path = std::getenv("TRACED_LINES")) app.trace_exporter(std::make_unique<Lines>(path));
  // [/use]

  app.get("/hop", [](ngo::Query<Hops> hops, ngo::Http<> http) -> ngo::Task<std::string> {
    std::string out = ngo::trace::current_trace_id();
    for (const std::string& url : hops->to) out += "\n" + co_await http.get(url).as<std::string>();
    co_return out;
  });
  app.get("/orders/{id}", [](int id) -> ngo::Task<std::string> {
    // [current]
    ngo::trace::current_span().attribute("order.id", id);
    // [/current]
    ngo::log::info("an order for {}", id);
    co_await charge(id);
    co_return "ordered";
  });
  app.get("/plain", [] { return "plain"; });
  app.get("/health/own", [] { return "fine"; });
  app.get("/quiet", [] { return "quiet"; }).without(ngo::Step::tracing);
  app.get("/fail", []() -> std::string { throw std::runtime_error("broken"); });
  app.get("/wait", []() -> ngo::Task<std::string> {
    co_await ngo::sleep(20ms);
    co_return "waited";
  });
  app.get("/detached", [] {
    ngo::spawn_detached(tidy_up());
    return ngo::trace::current_trace_id();
  });
  return app.run();
}
