#include "ngo/log/log.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "ngo/base/civil_time.hpp"
#include "ngo/base/id.hpp"
#include "ngo/log/line_impl.hpp"
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

void add_hex(Line& line, std::uint64_t number) noexcept {
  if (char* const room = line.room(16)) {
    write_hex(number, room);
    line.commit(16);
  }
}

// Trace, fields of the Context, fields of the line. Those that find no room are counted.
void add_fields(Line& line, const Parts& parts) noexcept {
  if (const Context* const context = CurrentContext::get()) {
    if (const TraceIdentity trace = context->trace(); trace.valid()) {
      if (line.text().back() != '{') line.add(',');
      line.add("\"trace_id\":\"");
      add_hex(line, trace.trace.high);
      add_hex(line, trace.trace.low);
      line.add("\",\"span_id\":\"");
      add_hex(line, trace.span.value);
      line.add('"');
    }
    context->each_log_field([&](std::string_view name, std::string_view value) {
      if (!line.crowded()) line.add_field(Field(name, value));
    });
  }
  std::uint64_t missing = 0;
  for (const Field& field : parts.fields) {
    if (line.crowded()) {
      ++missing;
    } else {
      line.add_field(field);
    }
  }
  if (missing != 0) line.add_field(Field("fields_cut", missing));
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
  add_fields(line, parts);
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
  add_fields(line, parts);
  line.add('}');
}

void lay_out(Line& line, const Parts& parts) noexcept {
  if (parts.layout == Layout::json) {
    lay_out_json(line, parts);
  } else {
    lay_out_text(line, parts);
  }
  line.finish();
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
  Line line;
  lay_out(line, report);
  if (!Registry::emit(Level::warn, line.text())) Registry::add_dropped(count);
}

void emit(const Parts& parts) noexcept {
  Line line;
  lay_out(line, parts);
  if (!Registry::emit(parts.level, line.text())) {
    Registry::add_dropped(1);
  } else if (const std::uint64_t dropped = Registry::take_dropped()) {
    report_dropped(parts, dropped);
  }
}

}  // namespace

void Logger::write(Level level, const std::source_location& where, std::string_view message,
                   Fields fields) const noexcept {
  emit({this, level, layout_.load(std::memory_order_relaxed), caller_.load(std::memory_order_relaxed), &where,
        message, 0, fields});
}

void Logger::write(Level level, const std::source_location& where, fmt::string_view format,
                   fmt::format_args args, Fields fields) const noexcept {
  std::array<char, kLongestMessage> message;
  std::size_t size = 0;
  try {
    size = fmt::vformat_to_n(message.data(), message.size(), format, args).size;
  } catch (const std::exception& error) {
    // A formatter of the user's threw. The line is still worth having.
    return write(level, where, std::string_view(format.data(), format.size()),
                 {{"format_error", error.what()}});
  } catch (...) {
    return write(level, where, std::string_view(format.data(), format.size()), {{"format_error", "unknown"}});
  }
  const std::size_t kept = size < message.size() ? size : message.size();
  emit({this,
        level,
        layout_.load(std::memory_order_relaxed),
        caller_.load(std::memory_order_relaxed),
        &where,
        {message.data(), kept},
        size - kept,
        fields});
}

}  // namespace ngo::log
