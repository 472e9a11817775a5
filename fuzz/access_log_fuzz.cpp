// Any pattern and any request: the pattern is refused with an Error or writes one line, and nothing that a
// request brings is more in it than printable text; the JSON line is an object that gives the values back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/base/utf8.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/http/middleware/access_log.hpp"
#include "ngo/http/request_parser.hpp"
#include "ngo/http/response.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

class Collected final : public ngo::log::Sink {
 public:
  bool write(ngo::log::Level /*level*/, std::string_view lines) noexcept override {
    text += lines;
    return true;
  }
  std::string text;
};

// Whether the pattern itself can write something that is no printable ASCII, as %{%n}t does.
bool is_plain(std::string_view pattern) {
  for (const char c : pattern) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return pattern.find("%n") == std::string_view::npos && pattern.find("%t") == std::string_view::npos;
}

std::string line_of(const std::string& pattern, const ngo::http::AccessRecord& record) {
  ngo::http::AccessLogOptions options;
  options.pattern = pattern;
  const auto sink = std::make_shared<Collected>();
  const ngo::http::AccessLog log(options, sink);
  static ngo::EventLoop loop;
  ngo::http::AccessLogWriter writer(log, loop);
  writer.write(record);
  writer.flush();
  return sink->text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string pattern(all.substr(0, all.size() * data[0] / 256));
  const std::string_view bytes = all.substr(pattern.size());

  const ngo::http::HeadLimits limits{.query = ngo::http::QueryRule::browser};
  ngo::http::RequestParser parser(limits);
  ngo::http::RequestHead head;
  ngo::Response response;
  ngo::Context context;
  context.add_log_field("v", std::string(bytes));
  ngo::http::AccessRecord record;
  const bool parsed = parser.parse(bytes.data(), bytes.size(), head) == ngo::http::Progress::done;
  if (parsed) record.head = &head;
  record.response = &response;
  record.context = &context;
  record.client = record.peer = "192.0.2.1";
  record.route = "/a";
  record.status = 200;

  try {
    const std::string line = line_of(pattern, record);
    check(!line.empty() && line.back() == '\n');
    if (is_plain(pattern)) {
      for (const char c : std::string_view(line).substr(0, line.size() - 1)) check(c >= 0x20 && c <= 0x7e);
    }
  } catch (const ngo::Error& error) {
    check(!error.message().empty());
  }

  const std::string json = line_of("json", record);
  check(json.find('\n') == json.size() - 1);
  const auto object = ngo::json::parse<ngo::JsonValue>(json);
  if (parsed && head.path().size() < 4000 && ngo::is_utf8(head.path()))
    check(object.find("path")->as_string() == head.path());
  for (const char c : line_of("%{v}r", record)) check(c == '\n' || (c >= 0x20 && c <= 0x7e));
  return 0;
}
