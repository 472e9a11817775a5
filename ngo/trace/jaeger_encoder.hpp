// Kept spans in the Thrift form that Jaeger's agent and collector took before OTLP (jaeger.thrift,
// agent.thrift of jaeger-idl): the compact protocol in datagrams, the binary one as a body of HTTP.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

struct JaegerForm {
  std::vector<Attribute> process_tags;
  std::string service;
  bool shared_spans = false;  // a server's span has the id of its caller's
  bool root_tag = false;      // the first span of a trace gets root=true
};

// What is usual: the resource's attributes as tags of the process.
[[nodiscard]] JaegerForm jaeger_form(const Resource& resource);

// A Batch by the binary protocol.
[[nodiscard]] std::string encode_jaeger_binary(std::span<const FragmentPtr> batch, const JaegerForm& form);

struct JaegerPackets {
  std::vector<std::string> packets;
  std::vector<std::size_t> spans;  // in each of them
  std::size_t too_large = 0;       // spans that fit no packet
};
// One-way calls emitBatch by the compact protocol, each of at most `most` bytes.
[[nodiscard]] JaegerPackets encode_jaeger_packets(std::span<const FragmentPtr> batch, const JaegerForm& form,
                                                  std::size_t most);

}  // namespace ngo::trace
