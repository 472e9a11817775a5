#include "ngo/http/middleware/access_log.hpp"

#include <limits.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/middleware/access_log_time.hpp"
#include "ngo/http/middleware/access_log_values_impl.hpp"
#include "ngo/http/middleware/line_buffer_impl.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/log/file.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/writer.hpp"
#include "ngo/net/own_address.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::http {
namespace {

using Kind = AccessLogPattern::Kind;
using Operation = AccessLogPattern::Operation;

std::string_view protocol_of(const RequestHead& head) noexcept {
  if (head.major_version() == 2) return "HTTP/2.0";
  return head.minor_version() == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

constexpr std::size_t kBatch = PIPE_BUF;  // what a write to a pipe does not tear
constexpr std::size_t kFileBatch = 16 * 1024;
// So long a line may wait for others. Whoever writes them is woken less often, and for more at once, which is
// most of what a line costs.
constexpr std::chrono::milliseconds kDelay{100};
constexpr std::size_t kLongestValue = 4096;  // a value from outside

constexpr std::size_t kShortValue = 64;
// Part of a line that is short, with what a copy goes beyond it: of a request line the method and the target.
constexpr std::size_t kRoomForEach = 2 * kShortValue + 64;

// Copies a short text that has zeros behind it, by pieces of a fixed size.
char* put_short(const char* text, std::size_t size, char* at) noexcept {
  constexpr std::size_t kPiece = 16;
  std::memcpy(at, text, kPiece);
  if (size > kPiece) std::memcpy(at + kPiece, text + kPiece, kPiece);
  if (size > 2 * kPiece) std::memcpy(at + 2 * kPiece, text + 2 * kPiece, size - 2 * kPiece);
  return at + size;
}

char* put_status(int status, char* at) noexcept {
  at[0] = static_cast<char>('0' + status / 100);
  at[1] = static_cast<char>('0' + status / 10 % 10);
  at[2] = static_cast<char>('0' + status % 10);
  return at + 3;
}

bool shows(const AccessLogPattern& pattern, Kind kind) {
  for (const Operation& operation : pattern.operations()) {
    if (operation.kind == kind) return true;
  }
  return false;
}

// Both are written by the log's thread, so that no worker waits for a disk or a reader.
std::shared_ptr<log::Sink> open_sink(const AccessLogOptions& options) {
  if (options.no_file) return log::queued(std::make_shared<log::Console>(1, log::Console::kPatience, true));
  log::FileOptions file;
  file.path = options.path.empty() ? options.file_name : options.path + "/" + options.file_name;
  file.max_size = ByteSize::mib(options.max_size);
  file.max_backups = options.max_backups;
  file.max_age = std::chrono::hours(24) * options.max_age;
  file.compress = options.compress;
  return log::open_file(std::move(file));
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
      batch_(options.no_file ? kBatch : kFileBatch),
      own_address_(shows(pattern_, Kind::own_address) ? net::own_address() : "") {
  if (own_address_.empty()) own_address_ = "-";
}

struct AccessLogWriter::Impl {
  Impl(const AccessLog& the_log, EventLoop& its_loop) : log(the_log), loop(its_loop) {
    times.resize(log.pattern().times().size());
  }

  void flush() noexcept {
    timer.disarm();
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
    // What nearly every line has is written here, behind one look at the room that is left; the rest by
    // add_value().
    char* at = lines.room(fixed_room);
    for (const Operation& operation : log.pattern().operations()) {
      switch (operation.kind) {
        case Kind::literal: at = put_short(operation.text.data(), operation.size, at); break;
        case Kind::client: at = std::copy_n(record.client.data(), record.client.size(), at); break;
        case Kind::time: {
          const std::string& text = times[operation.time];
          at = put_short(text.data(), text.size() - detail::LineBuffer::kPadding, at);
          break;
        }
        case Kind::request_line:
          if (record.head == nullptr) {
            if (!json) *at++ = '-';
            break;
          }
          at = put_request_line(*record.head, json, at);
          break;
        case Kind::status: at = put_status(record.status, at); break;
        case Kind::body_bytes_dash:
          if (record.body_bytes != 0) {
            at = std::to_chars(at, at + 20, record.body_bytes).ptr;
            break;
          }
          *at++ = '-';
          break;
        case Kind::request_header:
          if (operation.known != KnownHeader::other && record.head != nullptr) {
            at = put_value(record.head->headers().get(operation.known), json, at);
            break;
          }
          [[fallthrough]];
        default:
          lines.end_at(at);
          add_value(operation, record, json);
          at = lines.room(fixed_room);
          break;
      }
    }
    lines.end_at(at);
    if (lines.size() > log.batch() && begin > 0) {
      hand_over(lines.view().substr(0, begin));
      lines.drop_front(begin);
      collected = 0;
    }
    ++collected;
    if (!timer.armed()) loop.timers().arm(timer, loop.now() + kDelay);
  }

  // Of request_line and request_header, which nearly every pattern has: `at` as in add().
  char* put_text(std::string_view value, bool json, char* at) {
    if (value.size() <= kShortValue) [[likely]] {
      if (char* const end = detail::LineBuffer::put_plain(value, at)) return end;
    }
    lines.end_at(at);
    text(value, json);
    return lines.room(fixed_room);
  }
  char* put_value(std::string_view value, bool json, char* at) {
    if (!value.empty()) return put_text(value, json, at);
    if (!json) *at++ = '-';
    return at;
  }
  char* put_request_line(const RequestHead& head, bool json, char* at) {
    const std::string_view method = head.method_name();
    const std::string_view target = head.target();
    if (method.data() + method.size() + 1 == target.data()) {
      at = put_text({method.data(), method.size() + 1 + target.size()}, json,
                    at);  // as it stands in the request
    } else {
      at = put_text(method, json, at);
      *at++ = ' ';
      at = put_text(target, json, at);
    }
    *at++ = ' ';
    const std::string_view protocol = protocol_of(head);
    std::memcpy(at, protocol.data(), 8);
    return at + 8;
  }

  // The time of day, from the one at the beginning of the second: the clock is asked once a second.
  [[nodiscard]] SystemTime time_of_day() const noexcept {
    return std::chrono::time_point_cast<SystemTime::duration>(asked_wall + (loop.now() - asked_at));
  }

  void begin_second() {
    const WallTime wall = loop.wall();
    asked_wall = wall;
    asked_at = loop.now();
    const auto second = std::chrono::floor<std::chrono::seconds>(wall);
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i].clear();
      append_time(times[i], log.pattern().times()[i], second);
      times[i].append(detail::LineBuffer::kPadding, '\0');
    }
    fixed_room = 0;
    for (const Operation& operation : log.pattern().operations()) {
      fixed_room += operation.size + kRoomForEach;
      if (operation.kind == Kind::time) fixed_room += times[operation.time].size();
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
      case Kind::peer: return lines.add(record.peer);
      case Kind::own_address: return text(log.own_address(), json);
      case Kind::body_bytes: return lines.add_number(record.body_bytes);
      case Kind::milliseconds: return lines.add_number(microseconds(record) / 1000);
      case Kind::seconds: return thousandths(microseconds(record) / 1000);
      case Kind::fraction: return thousandths(microseconds(record));
      case Kind::connection: return lines.add(record.connection);
      case Kind::response_header: return add_response_header(operation.text, record, json);
      case Kind::value: return add_context_value(operation.text, record, json);
      case Kind::time_of_request: return append_time_now(operation.time);
      case Kind::utc_time: {
        char* const at = lines.room(kRfc3339Size);
        write_rfc3339(time_of_day(), at);
        return lines.commit(kRfc3339Size);
      }
      default: break;
    }
    if (head == nullptr) return text_or_dash({}, json);
    switch (operation.kind) {
      case Kind::protocol: return lines.add(protocol_of(*head));
      case Kind::method: return text(head->method_name(), json);
      case Kind::path: return text_or_dash(head->path(), json);
      case Kind::query:
        if (!head->has_query()) return text_or_dash({}, json);
        lines.add('?');
        return text(head->query(), json);
      case Kind::user: return text_or_dash(basic_user(head->headers(), scratch), json);
      case Kind::request_header: return text_or_dash(head->headers().get(operation.text), json);
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
      write_hex(trace.trace.low, write_hex(trace.trace.high, lines.room(32)));
      return lines.commit(32);
    }
    std::string_view found;
    record.context->each_log_field([&](std::string_view field, std::string_view value) {
      if (field == name) found = value;
    });
    text_or_dash(found, json);
  }

  void append_time_now(std::uint32_t number) {
    scratch.clear();
    append_time(scratch, log.pattern().times()[number], time_of_day());
    lines.add(scratch);
  }

  const AccessLog& log;
  EventLoop& loop;
  CallbackTimer<Impl, &Impl::flush> timer{this};
  detail::LineBuffer lines;
  std::size_t collected = 0;  // lines in `lines`
  std::uint64_t dropped = 0;
  TimePoint second_ends{};
  TimePoint asked_at{};
  WallTime asked_wall{};
  std::vector<std::string> times;  // of this second, each with zeros behind it
  std::size_t fixed_room = 0;      // for all parts of a line but values from outside
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
