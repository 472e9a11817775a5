#include "ngo/http/grpc_client.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kHead = 5;  // of a message: compressed or not, four bytes of length
constexpr std::uint64_t kLargestAnswer = 4 * 1024 * 1024;
constexpr std::size_t kLongestMessage = 500;

HttpClientOptions client_options(const GrpcOptions& options) {
  HttpClientOptions out;
  out.name = "ngo-grpc";
  out.base_url = options.url;
  out.propagate = false;
  out.deadline_header.clear();
  out.http2 = Http2Use::only;
  out.max_conns_per_host = 2;
  out.decompress = false;
  out.timeout = std::chrono::milliseconds(0);
  out.http2_ping_after = options.ping_after;
  out.tls = options.tls;
  return out;
}

// For an answer that is none of gRPC.
int status_of(int http_status) noexcept {
  switch (http_status) {
    case 400: return 13;
    case 401: return 16;
    case 403: return 7;
    case 404: return 12;
    case 429:
    case 502:
    case 503:
    case 504: return GrpcReply::kUnavailable;
    default: return GrpcReply::kUnknown;
  }
}

}  // namespace

bool GrpcReply::may_retry() const noexcept {
  constexpr int kCancelled = 1;
  constexpr int kResourceExhausted = 8;
  constexpr int kAborted = 10;
  constexpr int kOutOfRange = 11;
  constexpr int kDataLoss = 15;
  return status == kUnavailable || status == kDeadlineExceeded || status == kCancelled ||
         status == kResourceExhausted || status == kAborted || status == kOutOfRange || status == kDataLoss;
}

GrpcReply read_grpc_reply(int http_status, std::string_view grpc_status, std::string_view grpc_message,
                          std::string_view body) {
  GrpcReply reply;
  int number = 0;
  const auto [end, error] =
      std::from_chars(grpc_status.data(), grpc_status.data() + grpc_status.size(), number);
  if (grpc_status.empty() || error != std::errc() || end != grpc_status.data() + grpc_status.size() ||
      number < 0) {
    reply.status = http_status == 200 ? GrpcReply::kUnknown : status_of(http_status);
    reply.message = "an answer without grpc-status (HTTP " + std::to_string(http_status) + ")";
    return reply;
  }
  reply.status = number;
  grpc_message = grpc_message.substr(0, kLongestMessage);
  if (!url::decode_path(grpc_message, reply.message)) reply.message = grpc_message;
  if (body.empty()) return reply;
  const bool has_head = body.size() >= kHead;
  std::uint32_t size = 0;
  for (std::size_t i = 1; has_head && i < kHead; ++i) size = size << 8U | static_cast<unsigned char>(body[i]);
  if (has_head && body[0] == 0 && size <= body.size() - kHead) {
    reply.answer = body.substr(kHead, size);
  } else if (reply.ok()) {
    reply.status = GrpcReply::kUnknown;
    reply.message = "an answer that is no message of gRPC";
  }
  return reply;
}

GrpcClient::GrpcClient(GrpcOptions options)
    : options_(std::move(options)), client_(client_options(options_)) {
  client_.set_traced(false);  // it speaks to back ends of traces
  // Tells of a wrong URL now and not with the first call.
  static_cast<void>(client_.post("/"));
}

void GrpcClient::frame(std::string_view message, std::string& out) {
  out += '\0';
  for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(message.size() >> (shift - 8));
  out += message;
}

HttpCall GrpcClient::begin(std::string_view path) {
  HttpCall call = client_.post(path);
  call.header("TE", "trailers");
  for (const auto& [name, value] : options_.metadata) call.header(name, value);
  call.attempts(1).redirects(0).max_body(kLargestAnswer).no_decompression();
  return call;
}

Task<GrpcReply> GrpcClient::run(HttpCall call) {
  GrpcReply reply;
  try {
    const HttpResponse response = co_await std::move(call);
    // An answer of trailers alone has them where headers are.
    const auto field = [&](std::string_view name) {
      const auto trailer = response.trailer(name);
      return trailer ? *trailer : response.header(name).value_or("");
    };
    reply = read_grpc_reply(response.status(), field("grpc-status"), field("grpc-message"), response.text());
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    reply.status =
        error.code() == Code::deadline_exceeded ? GrpcReply::kDeadlineExceeded : GrpcReply::kUnavailable;
    reply.message = error.message();
  }
  co_return reply;
}

Task<GrpcReply> GrpcClient::call(std::string_view path, std::span<const std::string> messages) {
  HttpCall call = begin(path);
  std::string body;
  for (const std::string& each : messages) frame(each, body);
  call.body(std::move(body), "application/grpc");
  if (options_.timeout > Duration::zero()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(options_.timeout);
    call.header("grpc-timeout", std::to_string(left.count()) + "m");
    call.timeout(options_.timeout).response_timeout(options_.timeout);
  }
  return run(std::move(call));
}

Task<GrpcReply> GrpcClient::stream(std::string_view path, Stream stream,
                                   const std::map<std::string, std::string>& more) {
  HttpCall call = begin(path);
  for (const auto& [name, value] : more) call.header(name, value);
  call.body(std::move(stream), "application/grpc");
  call.read_timeout(Duration::zero());
  return run(std::move(call));
}

}  // namespace ngo::http
