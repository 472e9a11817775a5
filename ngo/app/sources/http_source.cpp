#include "ngo/app/sources/http_source_impl.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/content_type.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration kInterval = 30s;
constexpr std::uint64_t kLargest = 16 * 1024 * 1024;

// Of a query, for us even where there is no "#".
bool is_ours(std::string_view name) { return same_name(name, "format") || same_name(name, "interval"); }

// The address as its server sees it: without user, "#" and what is ours.
std::string url_of(const config::Address& address) {
  std::string_view rest = address.text;
  rest.remove_prefix(rest.find("://") + 3);
  const bool has_fragment = rest.find('#') != std::string_view::npos;
  rest = rest.substr(0, rest.find('#'));
  const std::size_t query = rest.find('?');
  const std::size_t slash = rest.substr(0, query).find('/');
  std::string url = address.scheme + "://" + address.host;
  if (slash != std::string_view::npos) url += rest.substr(0, query).substr(slash);
  if (query == std::string_view::npos) return url;
  rest.remove_prefix(query + 1);
  char before = '?';
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty() || (!has_fragment && is_ours(pair.substr(0, pair.find('='))))) continue;
    url += before;
    url += pair;
    before = '&';
  }
  return url;
}

class HttpSource final : public config::DataSource {
 public:
  HttpSource(const config::Address& address, Parameters parameters)
      : user_(address.user),
        password_(address.password),
        token_(parameters.text("token")),
        format_(parameters.format()),
        secret_(parameters.flag("secret", false)),
        interval_(parameters.duration("interval", kInterval)),
        client_(client_options_of(parameters)) {
    client_.set_traced(false);
    const bool has_fragment = address.text.find('#') != std::string::npos;
    if (has_fragment) parameters.done();
    Url url(url_of(address));
    url_ = url.text();
    shown_ = url.masked();
    if (!format_) {
      const std::size_t dot = url.path().rfind('.');
      if (dot != std::string_view::npos) format_ = config::format_of_name(url.path().substr(dot + 1));
    }
  }

  Task<std::vector<config::Document>> read() override {
    if (!fresh_) co_await fetch();
    fresh_ = false;
    config::Document document;
    document.source = shown_;
    document.format = format_.value_or(said_.value_or(config::Format::yaml));
    document.text = *text_;
    document.secret = secret_;
    std::vector<config::Document> out;
    out.push_back(std::move(document));
    co_return out;
  }

  Task<void> changed() override {
    while (!fresh_) {
      co_await sleep_until(next_);
      fresh_ = co_await fetch();
    }
  }

  Task<void> close() override { return client_.close(Duration::zero()); }

 private:
  // Whether there is another text than before.
  Task<bool> fetch() {
    // Copies of a service do not come in step.
    next_ = EventLoop::current().now() + interval_ / 10 * 9 +
            Duration(random_below(static_cast<std::uint64_t>(interval_.count() / 5) + 1));
    HttpCall call = client_.get(url_);
    call.max_body(kLargest);
    if (!user_.empty()) call.basic_auth(user_, password_);
    if (!token_.empty()) call.bearer(token_);
    if (text_ && !tag_.empty()) call.header("If-None-Match", tag_);
    if (text_ && !date_.empty()) call.header("If-Modified-Since", date_);
    const HttpResponse response = co_await std::move(call);
    if (text_ && response.status() == 304) co_return false;
    if (response.status() == 404) throw Error(Code::not_found, shown_ + ": there is nothing (404)");
    response.require_ok();
    tag_ = response.header("ETag").value_or("");
    date_ = response.header("Last-Modified").value_or("");
    said_ = format_of_media_type(response.header("Content-Type").value_or(""));
    const bool is_new = text_ != response.text();
    text_ = response.text();
    co_return is_new;
  }

  std::string url_;
  std::string shown_;
  std::string user_;
  std::string password_;
  std::string token_;
  std::optional<config::Format> format_;
  bool secret_;
  Duration interval_;
  HttpClient client_;

  std::optional<std::string> text_;
  std::optional<config::Format> said_;  // by the server
  std::string tag_;
  std::string date_;
  TimePoint next_{};
  bool fresh_ = false;  // the text is newer than what was read
};

}  // namespace

std::unique_ptr<config::DataSource> make_http_source(const config::Address& address) {
  return std::make_unique<HttpSource>(address, Parameters(address));
}

std::optional<config::Format> format_of_media_type(std::string_view content_type) {
  const std::optional<http::MediaType> type = http::MediaType::parse(content_type);
  if (!type) return std::nullopt;
  std::string_view subtype = type->subtype();
  if (const std::size_t plus = subtype.rfind('+'); plus != std::string_view::npos)
    subtype.remove_prefix(plus + 1);
  for (const std::string_view prefix : {"x-", "vnd.", "java-"}) {
    if (subtype.starts_with(prefix)) subtype.remove_prefix(prefix.size());
  }
  return config::format_of_name(subtype);
}

}  // namespace ngo::app
