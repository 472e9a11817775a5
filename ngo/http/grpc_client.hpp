// Calls of gRPC over HTTP/2, as far as senders of telemetry need them: any number of messages go out, the
// answer is at most a few small ones. Messages are bytes that the caller has encoded. It stands here and not
// in the room of RPC since the rooms that report to back ends may not include that.
//
//   GrpcClient client({.url = "http://127.0.0.1:11800"});
//   GrpcReply reply = co_await client.call("/skywalking.v3.ManagementService/keepAlive", messages);
//
// One client belongs to any loops, as an HttpClient does.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "ngo/http/client/client.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::http {

struct GrpcOptions {
  std::string url;                              // scheme, host and port
  std::map<std::string, std::string> metadata;  // sent with every call
  Duration timeout = std::chrono::seconds(10);  // of a call; zero: none
  // Of silence in a call, after which the server is asked for a sign of life. Servers of gRPC end connections
  // that ask them oftener than they like (Pinpoint's collector: every 20 s).
  std::chrono::milliseconds ping_after = std::chrono::seconds(30);
  tls::ClientContextOptions tls;
};

// How a call has ended. The numbers are gRPC's.
struct GrpcReply {
  static constexpr int kOk = 0;
  static constexpr int kUnknown = 2;
  static constexpr int kDeadlineExceeded = 4;
  static constexpr int kUnavailable = 14;

  int status = kOk;
  std::string message;  // what the server, or the network, says about a failure
  std::string answer;   // the first message of the answer
  [[nodiscard]] bool ok() const noexcept { return status == kOk; }
  // Whether the same call may succeed later.
  [[nodiscard]] bool may_retry() const noexcept;
};

class GrpcClient {
 public:
  // Writes messages as long as it runs.
  using Stream = std::function<Task<void>(BodyWriter&)>;

  // Throws Error{invalid_argument} for a URL that is none.
  explicit GrpcClient(GrpcOptions options);

  // `path`: "/package.Service/Method". Failures are replies; only a cancellation is thrown.
  [[nodiscard]] Task<GrpcReply> call(std::string_view path, std::span<const std::string> messages);
  [[nodiscard]] Task<GrpcReply> call(std::string_view path, const std::string& message) {
    return call(path, std::span(&message, 1));
  }
  // A call that lasts until `stream` or the server ends it, with `more` metadata. No limit of time.
  [[nodiscard]] Task<GrpcReply> stream(std::string_view path, Stream stream,
                                       const std::map<std::string, std::string>& more = {});

  // Adds a message with its head, for a Stream.
  static void frame(std::string_view message, std::string& out);

 private:
  [[nodiscard]] HttpCall begin(std::string_view path);
  [[nodiscard]] Task<GrpcReply> run(HttpCall call);

  GrpcOptions options_;
  HttpClient client_;
};

// What an answer says (gRPC over HTTP2, "Responses"): of its status of HTTP, fields and body.
[[nodiscard]] GrpcReply read_grpc_reply(int http_status, std::string_view grpc_status,
                                        std::string_view grpc_message, std::string_view body);

}  // namespace ngo::http
