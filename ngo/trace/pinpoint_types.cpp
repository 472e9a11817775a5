#include "ngo/trace/pinpoint_types_impl.hpp"

namespace ngo::trace::detail {
namespace {

constexpr std::int32_t kHttpClient = 9401;
constexpr std::int32_t kGrpcClient = 9160;
constexpr std::int32_t kGrpcServer = 1130;
constexpr std::int32_t kUnknownDatabase = 2051;
constexpr std::int32_t kKafka = 8660;

struct System {
  std::string_view name;
  std::int32_t type;
};
constexpr System kSystems[] = {{"mysql", 2101},   {"mariadb", 2101},    {"postgresql", 2501},
                               {"mongodb", 2651}, {"redis", 8200},      {"memcached", 8050},
                               {"kafka", kKafka}, {"grpc", kGrpcClient}};
// The original's `span.type`.
constexpr System kOriginal[] = {{"HTTP_CLIENT", kHttpClient}, {"REDIS", 8200}, {"JDBC", 2101}};

constexpr PinpointAnnotation::Form kText = PinpointAnnotation::Form::text;
constexpr PinpointAnnotation::Form kInteger = PinpointAnnotation::Form::integer;
struct Key {
  std::string_view attribute;
  std::int32_t key;
  PinpointAnnotation::Form form;
};
constexpr Key kKeys[] = {{"http.response.status_code", 46, kInteger},
                         {"http.server.response.status", 46, kInteger},
                         {"http.client.response.status", 46, kInteger},
                         {"url.full", 40, kText},
                         {"http.client.request.url", 40, kText},
                         {"url.query", 41, kText},
                         {"db.query.text", 20, PinpointAnnotation::Form::sql},
                         {"db.statement", 20, PinpointAnnotation::Form::sql},
                         {"db.sql", 20, PinpointAnnotation::Form::sql},
                         {"messaging.destination.name", 140, kText},
                         {"messaging.destination.partition.id", 141, kInteger},
                         {"messaging.kafka.offset", 142, PinpointAnnotation::Form::large}};

std::string with_port(std::string_view host, const AttributeValue* port) {
  std::string out(host);
  const auto* number = port == nullptr ? nullptr : std::get_if<std::int64_t>(port);
  if (!out.empty() && number != nullptr) out.append(1, ':').append(std::to_string(*number));
  return out;
}

}  // namespace

std::string_view first_text(const SpanData& span, std::initializer_list<std::string_view> keys) noexcept {
  for (const std::string_view key : keys)
    if (const std::string_view text = text_of(span.attributes, key); !text.empty()) return text;
  return {};
}

std::int32_t pinpoint_type_of_root(const SpanData& span, const Sender& sender) noexcept {
  const bool grpc = span.kind == SpanKind::server && text_of(span.attributes, "rpc.system") == "grpc";
  return grpc ? kGrpcServer : sender.service_type;
}

std::int32_t pinpoint_type_of_call(const SpanData& span) noexcept {
  const std::string_view system =
      first_text(span, {"db.system.name", "db.system", "messaging.system", "rpc.system"});
  for (const System& each : kSystems)
    if (each.name == system) return each.type;
  for (const System& each : kOriginal)
    if (each.name == text_of(span.attributes, "span.type")) return each.type;
  if (find(span.attributes, "db.system.name") != nullptr || find(span.attributes, "db.system") != nullptr)
    return kUnknownDatabase;
  const bool calls = span.kind == SpanKind::client && find(span.attributes, "http.request.method") != nullptr;
  return calls ? kHttpClient : kPinpointFunction;
}

bool pinpoint_is_remote_call(const SpanData& span) noexcept {
  if (span.kind == SpanKind::producer) return true;
  const std::int32_t type = pinpoint_type_of_call(span);
  return span.kind == SpanKind::client && (type == kHttpClient || type == kGrpcClient);
}

std::string pinpoint_end_point(const SpanData& server) {
  if (const std::string_view host = text_of(server.attributes, "http.server.request.host"); !host.empty())
    return std::string(host);
  return with_port(text_of(server.attributes, "server.address"), find(server.attributes, "server.port"));
}

std::string pinpoint_peer(const SpanData& span) {
  if (const std::string_view known = first_text(span, {"db.url", "redis.address"}); !known.empty())
    return std::string(known);
  return with_port(first_text(span, {"server.address", "network.peer.address", "http.client.request.host"}),
                   find(span.attributes, "server.port"));
}

PinpointAnnotation pinpoint_annotation(std::string_view attribute) noexcept {
  for (const Key& each : kKeys)
    if (each.attribute == attribute) return {each.key, each.form, {}};
  constexpr std::string_view kRequest = "http.request.header.";
  constexpr std::string_view kResponse = "http.response.header.";
  if (attribute.starts_with(kRequest))
    return {47, PinpointAnnotation::Form::field, attribute.substr(kRequest.size())};
  if (attribute.starts_with(kResponse))
    return {55, PinpointAnnotation::Form::field, attribute.substr(kResponse.size())};
  return {};
}

}  // namespace ngo::trace::detail
