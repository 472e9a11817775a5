// One POST of spans by HTTP, and what its answer means to the batch. Never traced: nothing is sent along.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ngo/http/client/client.hpp"
#include "ngo/net/tls_options.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/trace/exporter.hpp"

namespace ngo::app {

class SpanSender {
 public:
  struct Target {
    std::string endpoint;
    std::map<std::string, std::string> headers;
    Duration timeout{};
    tls::ClientContextOptions tls;
  };
  // What the body says beside the status is for the caller to read.
  struct Answer {
    trace::ExportResult result;
    std::string body;
  };

  // Throws Error{invalid_argument} for a URL that is none.
  explicit SpanSender(Target target);

  [[nodiscard]] const Target& target() const noexcept { return target_; }
  // 2xx: done. 429, 502, 503, 504 and what does not come to an answer: retry. Everything else: drop.
  [[nodiscard]] Task<Answer> post(std::string body, std::string_view content_type, bool is_gzip);

 private:
  Target target_;
  HttpClient client_;
};

}  // namespace ngo::app
