#include "ngo/trace/pinpoint_encoder.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include "ngo/codec/protobuf_writer.hpp"
#include "ngo/trace/pinpoint_lines_impl.hpp"
#include "ngo/trace/pinpoint_types_impl.hpp"
#include "ngo/trace/zipkin_encoder.hpp"
#include "ngo/version.hpp"

namespace ngo::trace {
namespace {

using Kind = PinpointMetadata::Kind;
using detail::PinpointLine;
using detail::PinpointLines;

constexpr std::int32_t kDeepest = 64;
constexpr std::size_t kEventsOfMessage = 20;

std::int64_t milliseconds(std::int64_t nanoseconds) noexcept { return nanoseconds / 1'000'000; }

std::int64_t elapsed(std::int64_t from, std::int64_t to) noexcept {
  return std::clamp<std::int64_t>(to - from, 0, std::numeric_limits<std::int32_t>::max());
}

class Encoder {
 public:
  Encoder(const Fragment& fragment, const Sender& sender, PinpointMetadata& metadata)
      : spans_(fragment.spans), root_(fragment.spans.front()), sender_(sender), metadata_(metadata) {
    if (!parse_pinpoint(text_of(root_.attributes, kPinpointAttribute), transaction_))
      (void)parse_pinpoint(pinpoint_transaction(sender, root_.trace), transaction_);
    end_point_ = detail::pinpoint_end_point(root_);
  }

  void run(std::vector<std::string>& messages) {
    lines_ = detail::pinpoint_lines(spans_, kDeepest);
    std::size_t begin = 0;  // of what the span itself carries
    const std::vector<PinpointLine::Call>& calls = lines_.lines.front().calls;
    for (; calls.size() - begin > kEventsOfMessage; begin += kEventsOfMessage)
      messages.push_back(chunk(lines_.lines.front(), begin));
    for (std::size_t i = 1; i < lines_.lines.size(); ++i)
      for (std::size_t at = 0; at < lines_.lines[i].calls.size(); at += kEventsOfMessage)
        messages.push_back(chunk(lines_.lines[i], at));
    messages.push_back(span(begin));
  }

 private:
  using Out = ProtobufWriter&;

  static void number(Out out, std::uint32_t field, std::int64_t value) {
    if (value != 0) out.integer(field, value);
  }
  static void wrapped(Out out, std::uint32_t field, std::string_view text) {  // google.protobuf.StringValue
    out.message(field, [&] { out.text_if(1, text); });
  }
  void transaction(Out out) {
    out.message(2, [&] {
      out.text(1, transaction_.agent);
      number(out, 2, transaction_.start);
      number(out, 3, transaction_.sequence);
    });
  }

  std::string span(std::size_t begin) {
    std::string bytes;
    ProtobufWriter out(bytes);
    out.message(1, [&] {
      out.varint(1, 1);
      transaction(out);
      out.fixed64(3, root_.span.value);
      out.fixed64(4, root_.parent.valid() ? root_.parent.value : static_cast<std::uint64_t>(-1));
      out.integer(5, milliseconds(root_.start));
      number(out, 6, elapsed(milliseconds(root_.start), milliseconds(root_.end)));
      out.integer(7, metadata_.id_of(Kind::api, root_.name, PinpointMetadata::kWebRequest));
      out.integer(8, detail::pinpoint_type_of_root(root_, sender_));
      out.message(9, [&] { accept(out); });
      annotations(out, 10, root_);
      if (root_.status == SpanStatus::error) out.zigzag(12, 1);
      events(out, 13, lines_.lines.front(), begin, milliseconds(root_.start));
      exception(out, 14, root_);
      out.integer(15, sender_.service_type);
    });
    return bytes;
  }
  std::string chunk(const PinpointLine& line, std::size_t begin) {
    const std::int64_t key_time = milliseconds(spans_[line.calls[begin].span].start);
    std::string bytes;
    ProtobufWriter out(bytes);
    out.message(2, [&] {
      out.varint(1, 1);
      transaction(out);
      out.fixed64(3, root_.span.value);
      out.text_if(4, end_point_);
      events(out, 5, line, begin, key_time);
      out.integer(6, sender_.service_type);
      out.integer(7, key_time);
      if (line.async_id != 0)
        out.message(8, [&] {
          out.integer(1, line.async_id);
          out.integer(2, line.sequence);
        });
    });
    return bytes;
  }

  void accept(Out out) {
    std::string_view rpc = detail::first_text(root_, {"url.path", "http.server.request.path", "rpc.method"});
    if (rpc.empty()) rpc = root_.name;
    out.text_if(1, rpc);
    out.text_if(2, end_point_);
    out.text_if(
        3, detail::first_text(root_, {"client.address", "http.server.peer.host", "network.peer.address"}));
    PinpointCaller caller;
    if (!parse_pinpoint_caller(text_of(root_.attributes, kPinpointCallerAttribute), caller)) return;
    out.message(4, [&] {
      out.text(1, caller.application);
      number(out, 2, caller.type);
      out.text_if(3, caller.host.empty() ? end_point_ : caller.host);
    });
  }

  void events(Out out, std::uint32_t field, const PinpointLine& line, std::size_t begin,
              std::int64_t key_time) {
    const std::size_t end = std::min(line.calls.size(), begin + kEventsOfMessage);
    // A list beside the request's own begins with the call that says so.
    const auto more = static_cast<std::int64_t>(line.async_id != 0 ? 1 : 0);
    if (line.async_id != 0 && begin == 0) out.message(field, [&] { async_invocation(out, line); });
    std::int64_t before = key_time;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int64_t start = std::max(before, milliseconds(spans_[line.calls[i].span].start));
      out.message(field, [&] {
        number(out, 1, static_cast<std::int64_t>(i) + more);
        out.integer(2, std::min<std::int64_t>(line.calls[i].depth + more, kDeepest));
        number(out, 3, start - before);
        event(out, line.calls[i].span, start);
      });
      before = start;
    }
  }
  void async_invocation(Out out, const PinpointLine& line) {
    const SpanData& first = spans_[line.calls.front().span];
    out.varint(2, 1);
    number(out, 4, elapsed(milliseconds(first.start), milliseconds(first.end)));
    out.zigzag(5, detail::kPinpointAsync);
    out.zigzag(10, metadata_.id_of(Kind::api, "Asynchronous Invocation", PinpointMetadata::kInvocation));
  }
  void event(Out out, std::size_t index, std::int64_t start) {
    const SpanData& span = spans_[index];
    // Of a request's own call only how long it took; the PSpan says the rest.
    const bool bare = index == 0 && span.kind != SpanKind::client && span.kind != SpanKind::producer;
    number(out, 4, elapsed(start, milliseconds(span.end)));
    out.zigzag(5, bare ? detail::kPinpointFunction : detail::pinpoint_type_of_call(span));
    if (!bare) annotations(out, 6, span);
    out.zigzag(10, metadata_.id_of(Kind::api, span.name,
                                   index == 0 ? PinpointMetadata::kWebRequest : PinpointMetadata::kCall));
    if (!bare) exception(out, 11, span);
    next(out, span, index == 0);
    number(out, 13, lines_.async_ids[index]);
  }
  void next(Out out, const SpanData& span, bool is_root) {
    if (span.kind != SpanKind::client && span.kind != SpanKind::producer) return;
    const std::string end_point = detail::pinpoint_peer(span);
    std::string_view destination = detail::first_text(
        span, {"remote.app.name", "peer.service", "db.namespace", "messaging.destination.name"});
    if (destination.empty()) destination = end_point;
    if (destination.empty()) destination = "unknown";
    out.message(12, [&] {
      out.message(1, [&] {
        if (detail::pinpoint_is_remote_call(span))
          out.fixed64(1, (is_root ? pinpoint_callee(span.span) : span.span).value);
        out.text_if(2, end_point);
        out.text(3, destination);
      });
    });
  }

  void exception(Out out, std::uint32_t field, const SpanData& span) {
    std::string_view type;
    std::string_view message;
    for (const SpanEvent& each : span.events) {
      if (each.name != "exception") continue;
      type = text_of(each.attributes, "exception.type");
      message = text_of(each.attributes, "exception.message");
    }
    if (type.empty() && message.empty() && span.status != SpanStatus::error) return;
    if (type.empty()) type = detail::first_text(span, {"error.type", "exception.name"});
    if (type.empty()) type = "error";
    if (message.empty()) message = span.status_message;
    out.message(field, [&] {
      out.integer(1, metadata_.id_of(Kind::text, type));
      wrapped(out, 2, message);
    });
  }

  void annotations(Out out, std::uint32_t field, const SpanData& span) {
    for (const Attribute& each : span.attributes) {
      const detail::PinpointAnnotation wanted = detail::pinpoint_annotation(each.key);
      if (wanted.key == 0) continue;
      out.message(field, [&] {
        out.integer(1, wanted.key);
        out.message(2, [&] { value(out, wanted, each); });
      });
    }
  }
  void value(Out out, const detail::PinpointAnnotation& wanted, const Attribute& attribute) {
    using Form = detail::PinpointAnnotation::Form;
    const std::string text = text_of_value(attribute.value);
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value); integer != nullptr) {
      // Members of a one-of are written, whatever they are.
      if (wanted.form == Form::integer) return out.integer(3, static_cast<std::int32_t>(*integer));
      if (wanted.form == Form::large) return out.integer(4, *integer);
    }
    if (wanted.form == Form::field) {
      out.message(10, [&] {
        wrapped(out, 1, wanted.name);
        wrapped(out, 2, text);
      });
    } else if (wanted.form == Form::sql) {
      std::string values;
      const std::int32_t id = metadata_.id_of(Kind::sql, pinpoint_sql(text, values));
      out.message(11, [&] {
        out.integer(1, id);
        if (!values.empty()) wrapped(out, 2, values);
      });
    } else {
      out.text(1, text);
    }
  }

  std::span<const SpanData> spans_;
  const SpanData& root_;
  const Sender& sender_;
  PinpointMetadata& metadata_;
  PinpointTransaction transaction_;
  std::string end_point_;
  PinpointLines lines_;
};

}  // namespace

void encode_pinpoint(const Fragment& fragment, const Sender& sender, PinpointMetadata& metadata,
                     std::vector<std::string>& messages) {
  if (!fragment.spans.empty()) Encoder(fragment, sender, metadata).run(messages);
}

std::string encode_pinpoint_agent(const Sender& sender, const Resource& resource, std::string_view address) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.text_if(1, text_of(resource.attributes, "host.name"));
  out.text_if(2, address);
  out.integer(4, sender.service_type);
  if (const AttributeValue* process = find(resource.attributes, "process.pid"))
    if (const auto* number = std::get_if<std::int64_t>(process)) out.integer(5, *number);
  out.text(6, kVersion);
  out.text(7, __VERSION__);
  out.message(10, [&] {
    out.text(1, std::string("ngo/") + std::string(kVersion));
    out.message(3, [&] { out.text(1, resource.service_name()); });
  });
  const bool contained = find(resource.attributes, "container.id") != nullptr ||
                         find(resource.attributes, "k8s.pod.name") != nullptr;
  if (contained) out.varint(12, 1);
  return bytes;
}

std::string encode_pinpoint_stats(std::span<const PinpointStat> stats) {
  std::string bytes;
  ProtobufWriter out(bytes);
  const auto stat = [&](const PinpointStat& each) {
    out.integer(1, each.time);
    out.integer(2, each.interval);
    out.message(3, [&] {  // the memory of the process stands where the heap of a virtual machine does
      out.integer(2, each.memory);
      out.integer(3, each.memory_limit);
    });
    out.message(4, [&] {
      out.number(1, each.process_cpu);
      out.number(2, each.system_cpu);
    });
    out.message(10, [&] { out.integer(1, each.descriptors); });
    out.message(13, [&] { out.integer(1, each.threads); });
  };
  out.message(2, [&] {
    for (const PinpointStat& each : stats) out.message(1, [&] { stat(each); });
  });
  return bytes;
}

}  // namespace ngo::trace
