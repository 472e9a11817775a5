// The span of one attempt of a call: each time that a request goes over the wire is one. For the sources of
// the client only.
#pragma once

#include "ngo/base/error.hpp"
#include "ngo/trace/span.hpp"

namespace ngo::http {

struct ClientExchange;

class AttemptSpan {
 public:
  // At the beginning of an attempt, with its server chosen.
  explicit AttemptSpan(const ClientExchange& x);
  // At its end: the response's head is there, or what kept it away.
  void end();
  void end(const Error& failure);

 private:
  const ClientExchange& x_;
  trace::Span span_;
};

}  // namespace ngo::http
