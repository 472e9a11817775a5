// One POST of telemetry by HTTP, of spans or of metrics, and what its answer means. Never traced, and nothing
// is sent along. When to try again is for its owner to say: spans are kept for a while, metrics are not.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ngo/http/client/client.hpp"
#include "ngo/net/tls_options.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/exporter.hpp"

namespace ngo::app {

class TelemetrySender {
 public:
  struct Target {
    std::string client;  // its name, and User-Agent: "ngo-traces"
    std::string endpoint;
    std::map<std::string, std::string> headers;
    Duration timeout{};
    tls::ClientContextOptions tls;
  };
  // What the body says beside the status is for the caller to read.
  struct Answer {
    trace::ExportResult result;
    std::string error;  // of what was not taken, with few values: "503", "unavailable"
    std::string body;
  };

  // Throws Error{invalid_argument} for a URL that is none.
  explicit TelemetrySender(Target target);

  [[nodiscard]] const Target& target() const noexcept { return target_; }
  // 2xx: done. 429, 502, 503, 504 and what does not come to an answer: retry. Everything else: drop. Within
  // the target's timeout, or `limit` where that is shorter.
  [[nodiscard]] Task<Answer> post(std::string body, std::string_view content_type, bool is_gzip,
                                  Duration limit = Duration::max());
  [[nodiscard]] Task<void> close() { return client_.close(Duration::zero()); }

 private:
  Target target_;
  HttpClient client_;
};

}  // namespace ngo::app
