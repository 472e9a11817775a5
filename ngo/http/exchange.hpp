// Everything that one request in progress needs. Exchanges are pooled by worker and taken last in, first out:
// a connection holds one only from a request's first byte to the end of its answer, and the few in use stay
// in the cache.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ngo/http/middleware/request_id.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/route_table.hpp"
#include "ngo/http/router.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::http {

struct Exchange {
  explicit Exchange(const HeadLimits& limits) : parser(limits) {}

  RequestParser parser;
  RequestHead head;
  Request request;
  Response response;
  RouteMatch match;
  Context context;
  const CompiledRoute* route = nullptr;
  std::string body;                                             // a whole body that did not lie in one piece
  std::array<std::string, RouteMatch::kMaxParameters> decoded;  // path parameters that had escapes
  bool began = false;                                           // the parser has seen bytes of a head

  // Of the built-in steps.
  RequestId id;
  std::string_view cors_origin;  // of the request, when it is allowed
  std::string timings;           // what handlers have added
};

class ExchangePool {
 public:
  explicit ExchangePool(const HeadLimits& limits) : limits_(limits) {}

  [[nodiscard]] std::unique_ptr<Exchange> take() {
    if (free_.empty()) return std::make_unique<Exchange>(limits_);
    std::unique_ptr<Exchange> exchange = std::move(free_.back());
    free_.pop_back();
    return exchange;
  }
  void give(std::unique_ptr<Exchange> exchange) noexcept {
    // What has grown large on a rare request is not kept.
    if (free_.size() >= kKeep || exchange->body.capacity() + exchange->response.body().capacity() > kLargest)
      return;
    free_.push_back(std::move(exchange));
  }

 private:
  static constexpr std::size_t kKeep = 256;
  static constexpr std::size_t kLargest = 64 * 1024;
  const HeadLimits& limits_;
  std::vector<std::unique_ptr<Exchange>> free_;
};

}  // namespace ngo::http
