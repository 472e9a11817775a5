#include "ngo/log/log.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/stack_trace.hpp"
#include "ngo/log/line_impl.hpp"
#include "ngo/log/on_line.hpp"
#include "ngo/log/registry_impl.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::log {
namespace {

struct Parts {
  const Logger* logger;
  Level level;
  Layout layout;
  bool caller;
  const std::source_location* where;
  std::string_view message;
  std::size_t cut;  // bytes that the message is longer
  Fields fields;
  std::string_view stack = {};
};

// "http/server.cpp" of the whole path that the compiler knows.
std::string_view short_path(std::string_view path) noexcept {
  const std::size_t name = path.rfind('/');
  if (name == std::string_view::npos || name == 0) return path;
  const std::size_t folder = path.rfind('/', name - 1);
  return folder == std::string_view::npos ? path : path.substr(folder + 1);
}

void add_time(Line& line) noexcept {
  if (char* const room = line.room(kLogTimeSize)) {
    write_log_time(std::chrono::system_clock::now(), room);
    line.commit(kLogTimeSize);
  }
}

void add_caller(Line& line, const std::source_location& where) noexcept {
  line.add_escaped(short_path(where.file_name()), Line::Style::json, 256);
  line.add(':');
  line.add(std::uint64_t{where.line()});
}

// How the layouts write what they have in common.
struct Json {
  static constexpr std::string_view kTrace = "trace_id";
  static constexpr std::string_view kSpan = "span_id";
  static void add(Line& line, const Field& field) noexcept { line.add_field(field); }
};
struct Ecs {
  static constexpr std::string_view kTrace = "trace.id";
  static constexpr std::string_view kSpan = "span.id";
  static void add(Line& line, const Field& field) noexcept { line.add_field(field); }
};
struct Pairs {
  static constexpr std::string_view kTrace = "trace_id";
  static constexpr std::string_view kSpan = "span_id";
  static void add(Line& line, const Field& field) noexcept { line.add_pair(field); }
};

// Trace, fields of the Context, fields of the line. Those that find no room are counted.
template <class How>
void add_fields(Line& line, const Parts& parts) noexcept {
  if (const Context* const context = CurrentContext::get()) {
    if (const TraceIdentity trace = context->trace(); trace.valid()) {
      std::array<char, 32> hex;
      write_hex(trace.trace.low, write_hex(trace.trace.high, hex.data()));
      How::add(line, Field(How::kTrace, std::string_view(hex.data(), 32)));
      if (trace.span.value != 0) {
        write_hex(trace.span.value, hex.data());
        How::add(line, Field(How::kSpan, std::string_view(hex.data(), 16)));
      }
    }
    context->each_log_field([&](std::string_view name, std::string_view value) {
      if (!line.crowded()) How::add(line, Field(name, value));
    });
  }
  std::uint64_t missing = 0;
  for (const Field& field : parts.fields) {
    if (line.crowded()) {
      ++missing;
    } else {
      How::add(line, field);
    }
  }
  if (missing != 0) How::add(line, Field("fields_cut", missing));
}

bool has_fields(const Parts& parts) noexcept {
  if (parts.fields.size() != 0) return true;
  const Context* const context = CurrentContext::get();
  if (context == nullptr) return false;
  bool found = context->trace().valid();
  context->each_log_field([&](std::string_view, std::string_view) { found = true; });
  return found;
}

void lay_out_text(Line& line, const Parts& parts) noexcept {
  if (parts.layout == Layout::txt) {
    add_time(line);
    line.add(" [");
    line.add(to_string(parts.level));
    line.add("] ");
    if (parts.logger != &default_logger) {
      line.add('[');
      line.add_escaped(parts.logger->name(), Line::Style::plain, 128);
      line.add("] ");
    }
    if (parts.caller) {
      line.add('[');
      add_caller(line, *parts.where);
      line.add("] ");
    }
  }
  line.add_escaped(parts.message, Line::Style::plain, kLongestMessage, parts.cut);
  if (!has_fields(parts)) return;
  line.add(" {");
  add_fields<Json>(line, parts);
  line.add('}');
}

void lay_out_json(Line& line, const Parts& parts) noexcept {
  line.add("{\"time\":\"");
  add_time(line);
  line.add("\",\"level\":\"");
  line.add(to_string(parts.level));
  line.add('"');
  if (parts.logger != &default_logger) line.add_field(Field("logger", parts.logger->name()));
  if (parts.caller) {
    line.add(",\"file\":\"");
    add_caller(line, *parts.where);
    line.add('"');
  }
  line.add(",\"msg\":\"");
  line.add_escaped(parts.message, Line::Style::json, kLongestMessage, parts.cut);
  line.add('"');
  add_fields<Json>(line, parts);
  if (!parts.stack.empty()) line.add_field(Field("stack", parts.stack));
  line.add('}');
}

// Elastic Common Schema 8.
void lay_out_ecs(Line& line, const Parts& parts) noexcept {
  line.add("{\"@timestamp\":\"");
  if (char* const room = line.room(kRfc3339Size)) {
    write_rfc3339(std::chrono::system_clock::now(), room);
    line.commit(kRfc3339Size);
  }
  line.add("\",\"log.level\":\"");
  line.add(to_string(parts.level));
  line.add("\",\"message\":\"");
  line.add_escaped(parts.message, Line::Style::json, kLongestMessage, parts.cut);
  line.add("\",\"ecs.version\":\"8.11.0\"");
  line.add_field(Field("log.logger", parts.logger->name()));
  if (parts.caller) {
    line.add_field(Field("log.origin.file.name", short_path(parts.where->file_name())));
    line.add_field(Field("log.origin.file.line", parts.where->line()));
  }
  add_fields<Ecs>(line, parts);
  if (!parts.stack.empty()) line.add_field(Field("error.stack_trace", parts.stack));
  line.add('}');
}

void lay_out_pairs(Line& line, const Parts& parts) noexcept {
  line.add("time=\"");
  add_time(line);
  line.add("\" level=");
  line.add(to_string(parts.level));
  if (parts.logger != &default_logger) line.add_pair(Field("logger", parts.logger->name()));
  if (parts.caller) {
    line.add(" caller=\"");
    add_caller(line, *parts.where);
    line.add('"');
  }
  line.add(" msg=\"");
  line.add_escaped(parts.message, Line::Style::json, kLongestMessage, parts.cut);
  line.add('"');
  add_fields<Pairs>(line, parts);
  if (!parts.stack.empty()) line.add_pair(Field("stack", parts.stack));
}

void lay_out(Line& line, const Parts& parts) noexcept {
  switch (parts.layout) {
    case Layout::json: lay_out_json(line, parts); break;
    case Layout::ecs: lay_out_ecs(line, parts); break;
    case Layout::logfmt: lay_out_pairs(line, parts); break;
    case Layout::txt:
    case Layout::blank: lay_out_text(line, parts); break;
  }
  line.finish();
  // Indented, so that nobody takes a frame for a line of its own.
  if (parts.layout == Layout::txt) line.add_lines(parts.stack, "\t");
}

std::string stack_text() {
  std::string text;
  for (const std::string& frame : StackTrace::capture().describe()) text.append(frame).push_back('\n');
  return text;
}

void report_dropped(const Parts& parts, std::uint64_t count) noexcept {
  static constexpr std::source_location kHere = std::source_location::current();
  const Fields fields = {{"lines", count}};
  Parts report = parts;
  report.level = Level::warn;
  report.where = &kHere;
  report.message = "log lines were dropped because nothing took them";
  report.cut = 0;
  report.fields = fields;
  report.stack = {};
  Line line;
  lay_out(line, report);
  if (!Registry::emit(*parts.logger, Level::warn, line.text())) Registry::add_dropped(count);
}

constinit std::atomic<Observer> the_observer{nullptr};
constinit std::atomic<void (*)(Level, bool) noexcept> line_counter{nullptr};

void emit(const Parts& parts) noexcept {
  Line line;
  lay_out(line, parts);
  if (const Observer observer = the_observer.load(std::memory_order_relaxed))
    observer(parts.level, line.text());
  const bool taken = Registry::emit(*parts.logger, parts.level, line.text());
  if (auto* const count = line_counter.load(std::memory_order_acquire)) count(parts.level, !taken);
  if (!taken) {
    Registry::add_dropped(1);
  } else if (const std::uint64_t dropped = Registry::take_dropped()) {
    report_dropped(parts, dropped);
  }
}

}  // namespace

void set_observer(Observer observer) noexcept { the_observer = observer; }

void on_line(void (*count)(Level level, bool dropped) noexcept) noexcept {
  line_counter.store(count, std::memory_order_release);
}

bool Logger::admits(Level level, const std::source_location& where) const noexcept {
  return !looks_closer_.load(std::memory_order_relaxed) || Registry::admits(*this, level, where);
}

void Logger::put(Level level, const std::source_location& where, std::string_view message, std::size_t cut,
                 Fields fields) const noexcept {
  Parts parts{this,
              level,
              layout_.load(std::memory_order_relaxed),
              caller_.load(std::memory_order_relaxed),
              &where,
              message,
              cut,
              fields};
  if (level < Level::error || !stack_.load(std::memory_order_relaxed)) [[likely]]
    return emit(parts);
  std::string stack;
  try {
    stack = stack_text();
  } catch (const std::exception&) {
    // Then without it.
  }
  parts.stack = stack;
  emit(parts);
}

void Logger::write(Level level, const std::source_location& where, std::string_view message,
                   Fields fields) const noexcept {
  if (admits(level, where)) put(level, where, message, 0, fields);
}

void Logger::write(Level level, const std::source_location& where, fmt::string_view format,
                   fmt::format_args args, Fields fields) const noexcept {
  if (!admits(level, where)) return;
  std::array<char, kLongestMessage> message;
  std::size_t size = 0;
  try {
    size = fmt::vformat_to_n(message.data(), message.size(), format, args).size;
  } catch (const std::exception& error) {
    // A formatter of the user's threw. The line is still worth having.
    return put(level, where, std::string_view(format.data(), format.size()), 0,
               {{"format_error", error.what()}});
  } catch (...) {
    return put(level, where, std::string_view(format.data(), format.size()), 0,
               {{"format_error", "unknown"}});
  }
  const std::size_t kept = size < message.size() ? size : message.size();
  put(level, where, {message.data(), kept}, size - kept, fields);
}

}  // namespace ngo::log
