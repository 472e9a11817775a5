// An id for each request that client, log and answer share: the one of a valid X-Request-Id, else the trace
// id of the request, which is made when it has none. So the `trace_id` of log lines and of problem bodies is
// the id that the client sees.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "ngo/base/rules.hpp"

namespace ngo {

class Context;

namespace http {

class HeaderTable;

// The section `httpServer.middlewares.requestId`.
struct RequestIdOptions {
  bool enabled = true;
  std::string header = "X-Request-Id";
  bool accept = true;
  bool answer = true;

  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(), ngo::check<&RequestIdOptions::mistake>(),
                 ngo::description<&RequestIdOptions::enabled>("an id for each request"),
                 ngo::description<&RequestIdOptions::header>("where it comes from and goes back in"),
                 ngo::description<&RequestIdOptions::accept>(
                     "take the client's id when it is valid; false: always make one"),
                 ngo::description<&RequestIdOptions::answer>("send it back with the answer"));
};

// The id of one request: text of the request, or made here.
struct RequestId {
  std::array<char, 32> made;  // not initialised: written when one is made
  std::string_view text;
};

class RequestIds {
 public:
  static constexpr std::size_t kLongest = 128;

  explicit RequestIds(const RequestIdOptions& options);

  // Chooses the id; notes one that came from the client as the log field "request_id".
  void begin(const HeaderTable& headers, Context& context, RequestId& id) const;

  // "X-Request-Id: ...\r\n"
  [[nodiscard]] std::size_t head_size(const RequestId& id) const noexcept {
    return line_.size() + id.text.size() + 2;
  }
  [[nodiscard]] char* write_head(const RequestId& id, char* at) const noexcept;

  // 1 to 128 letters, digits and -._~+/=:@ : what can be written into any log or header as it is.
  [[nodiscard]] static bool valid(std::string_view text) noexcept;

 private:
  std::string name_;
  std::string line_;  // "X-Request-Id: "; empty: is not sent back
  bool known_;        // the usual name, which the parser recognises
  bool accept_;
  bool answer_;
};

}  // namespace http
}  // namespace ngo
