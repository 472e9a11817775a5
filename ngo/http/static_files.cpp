#include "ngo/http/static_files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/file_answer_impl.hpp"
#include "ngo/http/file_cache_impl.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/media_type.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace http {
namespace {

constexpr std::array<Coding, 3> kVariants = {Coding::br, Coding::zstd, Coding::gzip};

[[noreturn]] void throw_missing() { throw_cannot_open(ENOENT, {}); }

// A "/" that came as %2F separates for the file system what it did not for the router and for proxies.
bool has_escaped_slash(std::string_view path) noexcept {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    std::string_view escape = path.substr(at, 3);
    if (escape == "%2F" || escape == "%2f") return true;
  }
  return false;
}

// Whether a decoded name may be looked up at all. A "/" at the end is allowed.
bool is_public_name(std::string_view name) noexcept {
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\') return false;
  }
  bool first = true;
  while (!name.empty()) {
    std::size_t slash = name.find('/');
    std::string_view segment = name.substr(0, slash);
    if (segment.empty()) return false;
    if (segment.front() == '.' && !(first && segment == ".well-known")) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
    first = false;
  }
  return true;
}

bool is_navigation(const Request& request) {
  std::optional<std::string_view> accept = request.header("Accept");
  return accept && accept->find("text/html") != std::string_view::npos;
}

class StaticEndpoint final : public Endpoint {
 public:
  StaticEndpoint(std::string directory, StaticFiles options)
      : directory_(std::move(directory)),
        options_(std::move(options)),
        cache_(options_.revalidate, options_.open_files) {}

  void visit(Binder& binder) override { index_ = binder.path_parameter(type_of<std::string>()); }
  [[nodiscard]] bool immediate() const noexcept override { return false; }
  void call(Request&, Response&) override {}

  [[nodiscard]] bool may_answer_at_once() const noexcept override { return true; }
  bool try_call(Request& request, Response& response) override {
    Looked looked;
    return answer(request, response, looked);
  }

  Task<void> start(Request& request, Response& response) override {
    Looked looked;
    while (!answer(request, response, looked)) {
      auto& [name, opened] = looked.back();
      const FilePlace place{directory_, name};
      auto open = [&place] { return open_blocking(place); };
      opened = co_await blocking(open);
      cache_.remember(name, opened, EventLoop::current().now());
    }
  }

 private:
  // What the kernel could not open at once, and what came of it.
  using Looked = std::vector<std::pair<std::string, Opened>>;

  // False: what was added to `looked` has to be opened first.
  bool answer(Request& request, Response& response, Looked& looked) {
    std::string name(request.path_parameter(index_));
    if (!is_public_name(name) || has_escaped_slash(request.path())) throw_missing();
    if (name.empty() || name.back() == '/') {
      if (options_.index.empty()) throw_missing();
      name += options_.index;
    }
    Opened opened;
    if (!look(name, looked, opened)) return false;
    if (opened.directory && !options_.index.empty()) {
      std::string location = std::string(request.path()) + "/";
      if (!request.query().empty()) location += "?" + std::string(request.query());
      response.status(301).header("Location", std::move(location));
      return true;
    }
    if (opened.error == ENOENT && !options_.fallback.empty() && is_navigation(request)) {
      name = options_.fallback;
      if (!look(name, looked, opened)) return false;
    }
    if (!opened.file) throw_cannot_open(opened.error, name);
    FileAnswer answer;
    answer.source = opened.file;
    answer.whole = std::move(opened.whole);
    answer.checked = true;
    answer.content_type = media_type_of(name);
    answer.cache_control = options_.cache_control;
    if (options_.precompressed) {
      answer.varies = true;
      std::optional<std::string_view> field = request.header("Accept-Encoding");
      if (field) {
        AcceptedCodings accepted(field);
        for (Coding coding : kVariants) {
          if (accepted.weight(coding) < std::max(1, accepted.weight(Coding::identity))) continue;
          Opened variant;
          if (!look(name + std::string(kCodingSuffixes[static_cast<std::size_t>(coding)]), looked, variant))
            return false;
          if (!variant.file || *variant.file->modified < *opened.file->modified) continue;
          answer.source = std::move(variant.file);
          answer.whole = std::move(variant.whole);
          answer.coding = coding;
          break;
        }
      }
    }
    answer.etag = answer.source->etag;
    answer.last_modified = answer.source->last_modified;
    answer.modified = answer.source->modified;
    answer_with_file(request, answer, response);
    return true;
  }

  // False: not without waiting.
  bool look(const std::string& name, Looked& looked, Opened& opened) {
    for (const auto& [known, result] : looked) {
      if (known != name) continue;
      opened = result;
      return true;
    }
    const TimePoint now = EventLoop::current().now();
    if (std::optional<Opened> cached = cache_.find(name, now)) {
      opened = std::move(*cached);
      return true;
    }
    opened = open_cached({directory_, name});
    if (opened.error == EAGAIN) {
      looked.emplace_back(name, Opened{});
      return false;
    }
    cache_.remember(name, opened, now);
    return true;
  }

  std::string directory_;
  StaticFiles options_;
  FileCache cache_;
  std::size_t index_ = 0;
};

class SlashEndpoint final : public Endpoint {
 public:
  void visit(Binder&) override {}
  [[nodiscard]] bool immediate() const noexcept override { return true; }
  void call(Request& request, Response& response) override {
    std::string location = std::string(request.path()) + "/";
    if (!request.query().empty()) location += "?" + std::string(request.query());
    response.status(301).header("Location", std::move(location));
  }
  Task<void> start(Request& request, Response& response) override {
    call(request, response);
    co_return;
  }
};

}  // namespace

std::unique_ptr<Endpoint> make_static_endpoint(std::string directory, StaticFiles options) {
  return std::make_unique<StaticEndpoint>(std::move(directory), std::move(options));
}

std::unique_ptr<Endpoint> make_slash_endpoint() { return std::make_unique<SlashEndpoint>(); }

std::string static_files_problem(const std::string& directory, const StaticFiles& options) {
  struct stat facts{};
  if (stat(directory.c_str(), &facts) != 0) {
    return "the directory " + in_quotes(directory) +
           " of static files cannot be read: " + std::strerror(errno);
  }
  if (!S_ISDIR(facts.st_mode)) return in_quotes(directory) + " is no directory of static files";
  if (!options.cache_control.empty() && !is_field_value(options.cache_control)) {
    return "the Cache-Control of the static files in " + in_quotes(directory) + " is no header value";
  }
  return {};
}

}  // namespace http

Route& Routes::static_files(std::string_view path, std::string directory, StaticFiles options, Where where) {
  std::string base(path);
  if (!base.empty() && base.back() == '/') base.pop_back();
  std::string problem = http::static_files_problem(directory, options);
  if (!base.empty()) add(http::Method::get, base, http::make_slash_endpoint(), where);
  Route& route = add(http::Method::get, base + "/{file...}",
                     http::make_static_endpoint(std::move(directory), std::move(options)), where);
  route.problem_ = std::move(problem);
  return route;
}

}  // namespace ngo
