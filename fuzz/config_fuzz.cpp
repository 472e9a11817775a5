// Any text as a configuration file: read, merged, expanded, bound and dumped. No text may crash it or fill
// the memory.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ngo/codec/json_value.hpp"
#include "ngo/config/tree.hpp"

namespace {

enum class Mode : std::uint8_t { release, debug };

struct Tls {
  std::string certificate;
  int depth = 3;
};

struct Server {
  std::string host = "localhost";
  std::uint16_t port = 8080;
  bool on = true;
  double ratio = 0.5;
  Mode mode = Mode::release;
  std::chrono::milliseconds timeout{10};
  ngo::ByteSize size;
  std::vector<std::string> names;
  std::array<int, 2> pair{};
  std::map<std::string, int> counts;
  std::optional<Tls> tls;
  std::variant<int, std::string, Tls> any;
  ngo::JsonValue free;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // The first line, if it begins with "=", is a --set.
  ngo::config::CommandLine command_line;
  command_line.files = {"/dev/null"};
  if (text.starts_with('=')) {
    const std::size_t end = text.find('\n');
    command_line.settings.emplace_back(text.substr(1, end == std::string_view::npos ? end : end - 1));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  ngo::config::Report report;
  ngo::config::Tree tree = ngo::config::Tree::load(command_line, text, {}, report);
  std::vector<Server> servers;
  const bool bound = tree.bind("a", servers, report);
  Server named;
  tree.bind_named("b", "default", ngo::type_of<Server>(), &named, report);
  tree.report_unclaimed(report);
  if (bound && tree.section("a") == nullptr && !servers.empty()) std::abort();
  if (tree.dump().size() > size_t{64} * 1024 * 1024) std::abort();
  if (report.empty() != report.to_string().empty()) std::abort();
  return 0;
}
