#include "ngo/http/middleware/access_log.hpp"

#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <sys/socket.h>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/middleware/access_log_time.hpp"
#include "ngo/http/middleware/access_log_values_impl.hpp"
#include "ngo/http/middleware/line_buffer_impl.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/log/log.hpp"
#include "ngo/net/address.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {
namespace {

using Kind = AccessLogPattern::Kind;
using Operation = AccessLogPattern::Operation;

constexpr std::size_t kBatch = PIPE_BUF;     // what a write to a pipe does not tear
constexpr std::size_t kLongestValue = 4096;  // of a value from outside

// The first address of an interface that is up and no loopback, as the original chose it.
std::string find_own_address() {
  std::string found = "-";
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return found;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    if ((at->ifa_flags & IFF_UP) == 0 || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
    found = net::Address::from_native(at->ifa_addr, sizeof(sockaddr_storage)).host();
    break;
  }
  freeifaddrs(first);
  return found;
}

bool shows(const AccessLogPattern& pattern, Kind kind) {
  for (const Operation& operation : pattern.operations()) {
    if (operation.kind == kind) return true;
  }
  return false;
}

std::shared_ptr<log::Sink> open_sink(const AccessLogOptions& options) {
  if (options.no_file) return std::make_shared<log::Console>();
  throw Error(Code::unimplemented, "an access log to a file is not available yet");
}

}  // namespace

std::string AccessLogOptions::mistake() const {
  try {
    static_cast<void>(AccessLogPattern::parse(pattern));
    return {};
  } catch (const Error& error) {
    return error.message();
  }
}

AccessLog::AccessLog(const AccessLogOptions& options, std::shared_ptr<log::Sink> sink)
    : pattern_(AccessLogPattern::parse(options.pattern)),
      sink_(sink ? std::move(sink) : open_sink(options)),
      own_address_(shows(pattern_, Kind::own_address) ? find_own_address() : "-") {}

struct AccessLogWriter::Impl final : TurnEnd {
  struct Time {
    std::string text;
    bool every_request = false;
  };

  Impl(const AccessLog& the_log, EventLoop& its_loop) : log(the_log), loop(its_loop) {
    times.resize(log.pattern().times().size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i].every_request = shows_milliseconds(log.pattern().times()[i]);
    }
  }

  void on_turn_end() noexcept override { flush(); }

  void flush() noexcept {
    hand_over(lines.view());
    lines.cut(0);
    collected = 0;
  }

  void hand_over(std::string_view text) noexcept {
    if (text.empty()) return;
    if (!log.sink().write(log::Level::info, text)) {
      dropped += collected;
    } else if (dropped != 0) {
      log::warn("{} lines of the access log were dropped: it could not be written fast enough", dropped);
      dropped = 0;
    }
  }

  void add(const AccessRecord& record) {
    if (loop.now() >= second_ends) [[unlikely]]
      begin_second();
    const std::size_t begin = lines.size();
    const bool json = log.pattern().json();
    for (const Operation& operation : log.pattern().operations()) {
      if (operation.kind == Kind::literal) {
        lines.add(operation.text);
      } else {
        add_value(operation, record, json);
      }
    }
    if (lines.size() > kBatch && begin > 0) {
      hand_over(lines.view().substr(0, begin));
      lines.drop_front(begin);
      collected = 0;
    }
    ++collected;
    loop.at_turn_end(*this);
  }

  void begin_second() {
    const WallTime wall = loop.wall();
    const auto second = std::chrono::floor<std::chrono::seconds>(wall);
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i].text.clear();
      append_time(times[i].text, log.pattern().times()[i], second);
    }
    second_ends = loop.now() + (second + std::chrono::seconds(1) - wall);
  }

  void text(std::string_view value, bool json) {
    if (value.size() > kLongestValue) [[unlikely]] {
      text(value.substr(0, kLongestValue), json);
      return lines.add("...");
    }
    if (json) {
      lines.add_json(value);
    } else {
      lines.add_escaped(value);
    }
  }
  // As text(), with a sign for what is not there.
  void text_or_dash(std::string_view value, bool json) {
    if (!value.empty()) return text(value, json);
    if (!json) lines.add('-');
  }

  void add_value(const Operation& operation, const AccessRecord& record, bool json) {
    const RequestHead* const head = record.head;
    switch (operation.kind) {
      case Kind::literal: return;
      case Kind::client: return text_or_dash(record.client, json);
      case Kind::peer: return text_or_dash(record.peer, json);
      case Kind::own_address: return text(log.own_address(), json);
      case Kind::body_bytes: return lines.add_number(record.body_bytes);
      case Kind::body_bytes_dash:
        if (record.body_bytes == 0) return lines.add('-');
        return lines.add_number(record.body_bytes);
      case Kind::status: return lines.add_number(static_cast<std::uint64_t>(record.status));
      case Kind::milliseconds: return lines.add_number(microseconds(record) / 1000);
      case Kind::seconds: return thousandths(microseconds(record) / 1000);
      case Kind::fraction: return thousandths(microseconds(record));
      case Kind::connection: return lines.add(record.connection);
      case Kind::response_header: return add_response_header(operation.text, record, json);
      case Kind::value: return add_context_value(operation.text, record, json);
      case Kind::time: return add_time(operation.time);
      case Kind::utc_time: {
        char* const at = lines.room(kRfc3339Size);
        write_rfc3339(std::chrono::time_point_cast<SystemTime::duration>(loop.wall()), at);
        return lines.commit(kRfc3339Size);
      }
      default: break;
    }
    if (head == nullptr) return text_or_dash({}, json);
    switch (operation.kind) {
      case Kind::protocol: return lines.add(head->minor_version() == 0 ? "HTTP/1.0" : "HTTP/1.1");
      case Kind::method: return text(head->method_name(), json);
      case Kind::path: return text_or_dash(head->path(), json);
      case Kind::query:
        if (!head->has_query()) return text_or_dash({}, json);
        lines.add('?');
        return text(head->query(), json);
      case Kind::request_line: return add_request_line(*head, json);
      case Kind::user: return text_or_dash(basic_user(head->headers(), scratch), json);
      case Kind::request_header: return add_request_header(operation, *head, json);
      case Kind::cookie: return text_or_dash(cookie_value(head->headers(), operation.text), json);
      default: return;
    }
  }

  static std::uint64_t microseconds(const AccessRecord& record) noexcept {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(record.took).count();
    return count > 0 ? static_cast<std::uint64_t>(count) : 0;
  }

  // 1234 as 1.234
  void thousandths(std::uint64_t number) {
    lines.add_number(number / 1000);
    char* const at = lines.room(4);
    at[0] = '.';
    at[1] = static_cast<char>('0' + number / 100 % 10);
    at[2] = static_cast<char>('0' + number / 10 % 10);
    at[3] = static_cast<char>('0' + number % 10);
    lines.commit(4);
  }

  void add_request_line(const RequestHead& head, bool json) {
    const std::string_view method = head.method_name();
    const std::string_view target = head.target();
    if (method.data() + method.size() + 1 == target.data()) {
      text({method.data(), method.size() + 1 + target.size()}, json);  // as it stands in the request
    } else {
      text(method, json);
      lines.add(' ');
      text(target, json);
    }
    lines.add(head.minor_version() == 0 ? " HTTP/1.0" : " HTTP/1.1");
  }

  void add_request_header(const Operation& operation, const RequestHead& head, bool json) {
    if (operation.known != KnownHeader::other) {
      text_or_dash(head.headers().get(operation.known), json);
    } else {
      text_or_dash(head.headers().get(operation.text), json);
    }
  }

  void add_response_header(std::string_view name, const AccessRecord& record, bool json) {
    if (record.response == nullptr) return text_or_dash({}, json);
    if (const auto value = record.response->header(name)) return text_or_dash(*value, json);
    if (equals_ignoring_case(name, "X-Request-Id")) return text_or_dash(record.request_id, json);
    if (equals_ignoring_case(name, "Content-Length") && !record.response->is_streamed()) {
      return lines.add_number(record.response->body().size());
    }
    text_or_dash({}, json);
  }

  // What a handler has put into its Context, or one of ngo's own names.
  void add_context_value(std::string_view name, const AccessRecord& record, bool json) {
    if (name == "requestId") return text_or_dash(record.request_id, json);
    if (name == "route") return text_or_dash(record.route, json);
    if (record.context == nullptr) return text_or_dash({}, json);
    if (name == "traceId") {
      const TraceIdentity trace = record.context->trace();
      if (!trace.valid()) return text_or_dash({}, json);
      write_hex(trace.trace_low, write_hex(trace.trace_high, lines.room(32)));
      return lines.commit(32);
    }
    std::string_view found;
    record.context->each_log_field([&](std::string_view field, std::string_view value) {
      if (field == name) found = value;
    });
    text_or_dash(found, json);
  }

  void add_time(std::uint32_t number) {
    Time& time = times[number];
    if (time.every_request) {
      time.text.clear();
      append_time(time.text, log.pattern().times()[number],
                  std::chrono::time_point_cast<SystemTime::duration>(loop.wall()));
    }
    lines.add(time.text);
  }

  const AccessLog& log;
  EventLoop& loop;
  detail::LineBuffer lines;
  std::size_t collected = 0;  // lines in `lines`
  std::uint64_t dropped = 0;
  TimePoint second_ends{};
  std::vector<Time> times;
  std::string scratch;
};

AccessLogWriter::AccessLogWriter(const AccessLog& log, EventLoop& loop)
    : impl_(std::make_unique<Impl>(log, loop)) {}
AccessLogWriter::~AccessLogWriter() { flush(); }

void AccessLogWriter::write(const AccessRecord& record) noexcept {
  const std::size_t before = impl_->lines.size();
  try {
    impl_->add(record);
  } catch (...) {  // out of memory: the line is lost, the request is not
    impl_->lines.cut(before);
    ++impl_->dropped;
  }
}

void AccessLogWriter::flush() noexcept { impl_->flush(); }

}  // namespace ngo::http
