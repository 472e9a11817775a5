#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/telemetry/backoff_impl.hpp"
#include "ngo/app/telemetry/exporters.hpp"
#include "ngo/app/telemetry/pinpoint_stats_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/codec/protobuf_reader.hpp"
#include "ngo/http/grpc_client.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"
#include "ngo/net/own_address.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/trace/pinpoint_encoder.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;
using trace::PinpointMetadata;
using Outcome = trace::ExportResult::Outcome;

constexpr Duration kFirstPause = 1s;
constexpr Duration kLongestPause = 60s;
constexpr std::size_t kMostNames = 4096;

http::GrpcOptions grpc_options(const PinpointTarget& target, std::uint16_t port) {
  http::GrpcOptions out;
  const bool ipv6 = target.host.find(':') != std::string::npos;
  out.url = "http://" + (ipv6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(port);
  out.timeout = target.timeout;
  out.metadata = {{"agentid", target.sender.agent},
                  {"applicationname", target.sender.service},
                  {"starttime", std::to_string(target.sender.start)},
                  {"servicetype", std::to_string(target.sender.service_type)},
                  {"protocol.version", "100"}};
  if (!target.agent_name.empty()) out.metadata.emplace("agentname", target.agent_name);
  return out;
}

const char* path_of(PinpointMetadata::Kind kind) {
  if (kind == PinpointMetadata::Kind::api) return "/v1.Metadata/RequestApiMetaData";
  return kind == PinpointMetadata::Kind::sql ? "/v1.Metadata/RequestSqlMetaData"
                                             : "/v1.Metadata/RequestStringMetaData";
}

// What a PResult says against what it answers; empty when it is a success.
std::string refusal(std::string_view answer) {
  bool success = false;
  std::string message;
  ProtobufReader in(answer);
  while (in.next()) {
    if (in.field() == 1) success = in.number() != 0;
    if (in.field() == 2) message = in.bytes();
  }
  if (success && !in.failed()) return {};
  return message.empty() ? "it says no success" : message;
}

class PinpointExporter final : public trace::Exporter {
 public:
  PinpointExporter(PinpointTarget target, const trace::Resource& resource)
      : target_(std::move(target)),
        resource_(resource),
        agent_(grpc_options(target_, target_.agent_port)),
        spans_(grpc_options(target_, target_.span_port)),
        stats_(grpc_options(target_, target_.stat_port)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "pinpoint"; }

  [[nodiscard]] Task<trace::ExportResult> send(std::span<const trace::FragmentPtr> batch) override {
    if (!known_) {
      http::GrpcReply reply = co_await introduce();
      if (!reply.ok()) co_return result_of(reply);
    }
    metadata_.shorten(kMostNames);
    std::vector<std::string> messages;
    for (const trace::FragmentPtr& each : batch)
      trace::encode_pinpoint(*each, target_.sender, metadata_, messages);
    http::GrpcReply reply = co_await tell_metadata();
    if (reply.ok()) reply = co_await spans_.call("/v1.Span/SendSpan", messages);
    co_return result_of(reply);
  }

  [[nodiscard]] Task<void> run() override { return both(keep_session(), report_stats()); }

 private:
  static Task<void> both(Task<void> first, Task<void> second) {
    co_await when_all(std::move(first), std::move(second));
  }
  static trace::ExportResult result_of(const http::GrpcReply& reply) {
    trace::ExportResult result;
    if (!reply.ok()) result.outcome = reply.may_retry() ? Outcome::retry : Outcome::drop;
    result.why = reply.message;
    return result;
  }

  // Tells the collector who speaks; it may be told that again at any time.
  Task<http::GrpcReply> introduce() {
    const std::string message = trace::encode_pinpoint_agent(target_.sender, resource_, net::own_address());
    http::GrpcReply reply = co_await agent_.call("/v1.Agent/RequestAgentInfo", message);
    if (reply.ok()) {
      if (std::string why = refusal(reply.answer); !why.empty()) {
        reply.status = http::GrpcReply::kUnavailable;  // the collector's storage may be
        reply.message = "the collector does not take this agent: " + why;
      }
    }
    known_ = reply.ok();
    co_return reply;
  }

  Task<http::GrpcReply> tell_metadata() {
    http::GrpcReply reply;
    while (PinpointMetadata::Entry* const entry = metadata_.untold()) {
      const std::uint64_t ended = ended_;
      const std::string message = trace::encode_pinpoint_metadata(*entry);
      reply = co_await agent_.call(path_of(entry->kind), message);
      if (!reply.ok()) co_return reply;
      if (std::string why = refusal(reply.answer); !why.empty())
        log::every(1min).warn("pinpoint does not take {}: {}", entry->text, why);
      entry->told = ended == ended_;
    }
    co_return reply;
  }

  // While the stream of PingSession is there the collector takes this process for alive.
  Task<void> keep_session() {
    unsigned failures = 0;
    while (true) {
      const TimePoint began = EventLoop::current().now();
      http::GrpcReply reply = co_await introduce();
      if (reply.ok()) {
        ++session_;
        const std::map<std::string, std::string> number{{"socketid", std::to_string(session_)}};
        reply = co_await agent_.stream(
            "/v1.Agent/PingSession", [this](BodyWriter& out) { return ping(out); }, number);
        // What comes next may be another collector, which has to be told everything.
        known_ = false;
        metadata_.tell_again();
        ++ended_;
      }
      log::every(1min).warn("pinpoint's collector has no session with this agent: {}",
                            reply.message.empty() ? "it has ended it" : reply.message);
      if (EventLoop::current().now() - began > kLongestPause) failures = 0;
      co_await sleep(backoff(++failures, kFirstPause, kLongestPause));
    }
  }

  Task<void> ping(BodyWriter& out) {
    std::string message;
    http::GrpcClient::frame({}, message);
    TimePoint introduced = EventLoop::current().now();
    while (true) {
      co_await out.write(message);
      co_await out.flush();
      co_await sleep(target_.ping_every);
      if (EventLoop::current().now() - introduced < target_.introduce_every) continue;
      const http::GrpcReply reply = co_await introduce();
      known_ = true;  // the session is there: it has known this agent before
      if (reply.ok()) introduced = EventLoop::current().now();
    }
  }

  Task<void> report_stats() {
    PinpointStats source;
    std::vector<trace::PinpointStat> waiting;
    while (true) {
      co_await sleep(target_.collect_every);
      waiting.push_back(source.read());
      if (waiting.size() < target_.stats_of_batch) continue;
      const std::string message = trace::encode_pinpoint_stats(waiting);
      waiting.clear();
      const http::GrpcReply reply = co_await stats_.call("/v1.Stat/SendAgentStat", message);
      if (!reply.ok())
        log::every(1min).warn("{} statistics for pinpoint are dropped: {}", target_.stats_of_batch,
                              reply.message);
    }
  }

  PinpointTarget target_;
  trace::Resource resource_;
  http::GrpcClient agent_;
  http::GrpcClient spans_;
  http::GrpcClient stats_;
  PinpointMetadata metadata_;
  std::uint64_t session_ = 0;  // number of the latest one
  std::uint64_t ended_ = 0;    // so many have
  bool known_ = false;         // to the collector, as far as we know
};

}  // namespace

std::unique_ptr<trace::Exporter> make_pinpoint_exporter(PinpointTarget target,
                                                        const trace::Resource& resource) {
  return std::make_unique<PinpointExporter>(std::move(target), resource);
}

}  // namespace ngo::app
