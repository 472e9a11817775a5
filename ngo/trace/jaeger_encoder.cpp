#include "ngo/trace/jaeger_encoder.hpp"

#include <cstdint>
#include <utility>
#include <variant>

#include "ngo/trace/thrift_impl.hpp"
#include "ngo/trace/zipkin_encoder.hpp"

namespace ngo::trace {
namespace {

enum TagType : std::int32_t { kText = 0, kReal = 1, kBoolean = 2, kWhole = 3 };
constexpr std::int32_t kFollowsFrom = 1;

std::int64_t as_signed(std::uint64_t value) noexcept { return static_cast<std::int64_t>(value); }

std::string_view kind_of(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::server: return "server";
    case SpanKind::client: return "client";
    case SpanKind::producer: return "producer";
    case SpanKind::consumer: return "consumer";
    case SpanKind::internal: break;
  }
  return "internal";
}

// A span with the ids that are told.
struct Told {
  const SpanData* span;
  SpanId id;
  SpanId parent;
};

std::vector<Told> told_spans(const Fragment& fragment, bool shared_spans) {
  std::vector<Told> out;
  if (fragment.spans.empty()) return out;
  const SpanData& root = fragment.spans.front();
  const bool joins =
      shared_spans && root.kind == SpanKind::server && root.parent_is_remote && root.parent.valid();
  for (const SpanData& each : fragment.spans) {
    Told told{&each, each.span, each.parent};
    if (joins && &each == &root) told = {&each, root.parent, {}};
    if (joins && told.parent == root.span) told.parent = root.parent;
    out.push_back(told);
  }
  return out;
}

class Encoder {
 public:
  Encoder(ThriftWriter& out, const JaegerForm& form) : out_(out), form_(form) {}

  void process() {
    out_.begin_struct();
    out_.text(1, form_.service);
    if (!form_.process_tags.empty()) {
      out_.field(2, ThriftType::list);
      out_.begin_list(ThriftType::structure, form_.process_tags.size());
      for (const Attribute& each : form_.process_tags) tag(each);
    }
    out_.end_struct();
  }

  void span(const Told& told) {
    const SpanData& span = *told.span;
    out_.begin_struct();
    out_.i64(1, as_signed(span.trace.low));
    out_.i64(2, as_signed(span.trace.high));
    out_.i64(3, as_signed(told.id.value));
    out_.i64(4, as_signed(told.parent.value));
    out_.text(5, span.name);
    if (!span.links.empty()) references(span);
    out_.i32(7, span.flags & SpanData::kSampled);
    out_.i64(8, span.start / 1000);
    out_.i64(9, (span.end - span.start) / 1000);
    tags(span);
    if (!span.events.empty()) logs(span);
    out_.end_struct();
  }

 private:
  void references(const SpanData& span) {
    out_.field(6, ThriftType::list);
    out_.begin_list(ThriftType::structure, span.links.size());
    for (const SpanLink& each : span.links) {
      out_.begin_struct();
      out_.i32(1, kFollowsFrom);
      out_.i64(2, as_signed(each.trace.low));
      out_.i64(3, as_signed(each.trace.high));
      out_.i64(4, as_signed(each.span.value));
      out_.end_struct();
    }
  }
  void tags(const SpanData& span) {
    std::vector<Attribute> more;
    // The original's tag style names the kind itself.
    if (find(span.attributes, "span.kind") == nullptr)
      more.push_back({"span.kind", std::string(kind_of(span.kind))});
    if (span.status == SpanStatus::ok) more.push_back({"otel.status_code", std::string("OK")});
    if (span.status == SpanStatus::error) {
      more.push_back({"error", true});
      more.push_back({"otel.status_code", std::string("ERROR")});
      if (!span.status_message.empty()) more.push_back({"otel.status_description", span.status_message});
    }
    if (!span.state.empty()) more.push_back({"w3c.tracestate", span.state});
    if (form_.root_tag && !span.parent.valid()) more.push_back({"root", true});
    if (span.attributes.empty() && more.empty()) return;
    out_.field(10, ThriftType::list);
    out_.begin_list(ThriftType::structure, span.attributes.size() + more.size());
    for (const Attribute& each : span.attributes) tag(each);
    for (const Attribute& each : more) tag(each);
  }
  void logs(const SpanData& span) {
    out_.field(11, ThriftType::list);
    out_.begin_list(ThriftType::structure, span.events.size());
    for (const SpanEvent& each : span.events) {
      out_.begin_struct();
      out_.i64(1, each.time / 1000);
      out_.field(2, ThriftType::list);
      out_.begin_list(ThriftType::structure, each.attributes.size() + 1);
      tag({"event", each.name});
      for (const Attribute& attribute : each.attributes) tag(attribute);
      out_.end_struct();
    }
  }
  void tag(const Attribute& attribute) {
    out_.begin_struct();
    out_.text(1, attribute.key);
    if (const auto* truth = std::get_if<bool>(&attribute.value)) {
      out_.i32(2, kBoolean);
      out_.boolean(5, *truth);
    } else if (const auto* whole = std::get_if<std::int64_t>(&attribute.value)) {
      out_.i32(2, kWhole);
      out_.i64(6, *whole);
    } else if (const auto* real = std::get_if<double>(&attribute.value)) {
      out_.i32(2, kReal);
      out_.field(4, ThriftType::real);
      out_.real(*real);
    } else {
      out_.i32(2, kText);
      out_.text(3, text_of_value(attribute.value));
    }
    out_.end_struct();
  }

  ThriftWriter& out_;
  const JaegerForm& form_;
};

// The packet around spans that are encoded already: all of it but them.
class Packets {
 public:
  Packets(const JaegerForm& form, std::size_t most) : most_(most) {
    ThriftCompactWriter out(process_);
    Encoder(out, form).process();
  }

  void add(std::string_view span) {
    if (kCallAndFrame + process_.size() + span.size() > most_) {
      ++done_.too_large;
      return;
    }
    if (kCallAndFrame + process_.size() + spans_.size() + span.size() > most_) flush();
    spans_ += span;
    ++count_;
  }

  JaegerPackets finish() {
    flush();
    return std::move(done_);
  }

 private:
  // Protocol, sequence, "emitBatch", heads of the fields, length of the list, ends of the structs: 26 at
  // most.
  static constexpr std::size_t kCallAndFrame = 32;

  void flush() {
    if (count_ == 0) return;
    std::string packet;
    ThriftCompactWriter out(packet);
    out.begin_call("emitBatch", static_cast<std::uint32_t>(done_.packets.size() + 1));
    out.begin_struct();  // of the arguments
    out.field(1, ThriftType::structure);
    out.begin_struct();  // Batch
    out.field(1, ThriftType::structure);
    packet += process_;
    out.field(2, ThriftType::list);
    out.begin_list(ThriftType::structure, count_);
    packet += spans_;
    out.end_struct();
    out.end_struct();
    done_.packets.push_back(std::move(packet));
    done_.spans.push_back(std::exchange(count_, 0));
    spans_.clear();
  }

  std::size_t most_;
  std::string process_;
  std::string spans_;
  std::size_t count_ = 0;
  JaegerPackets done_;
};

}  // namespace

JaegerForm jaeger_form(const Resource& resource) {
  JaegerForm form;
  form.service = resource.service_name();
  for (const Attribute& each : resource.attributes)
    if (each.key != "service.name") form.process_tags.push_back(each);
  return form;
}

std::string encode_jaeger_binary(std::span<const FragmentPtr> batch, const JaegerForm& form) {
  std::size_t count = 0;
  for (const FragmentPtr& fragment : batch) count += fragment->spans.size();
  std::string bytes;
  ThriftBinaryWriter out(bytes);
  Encoder encoder(out, form);
  out.field(1, ThriftType::structure);
  encoder.process();
  out.field(2, ThriftType::list);
  out.begin_list(ThriftType::structure, count);
  for (const FragmentPtr& fragment : batch)
    for (const Told& each : told_spans(*fragment, form.shared_spans)) encoder.span(each);
  out.end_struct();
  return bytes;
}

JaegerPackets encode_jaeger_packets(std::span<const FragmentPtr> batch, const JaegerForm& form,
                                    std::size_t most) {
  Packets packets(form, most);
  std::string bytes;
  for (const FragmentPtr& fragment : batch) {
    for (const Told& each : told_spans(*fragment, form.shared_spans)) {
      bytes.clear();
      ThriftCompactWriter out(bytes);
      Encoder(out, form).span(each);
      packets.add(bytes);
    }
  }
  return packets.finish();
}

}  // namespace ngo::trace
