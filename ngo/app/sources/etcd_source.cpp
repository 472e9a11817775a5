#include "ngo/app/sources/etcd_source_impl.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/sources/endpoints_impl.hpp"
#include "ngo/app/sources/etcd_messages_impl.hpp"
#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/app/sources/tree_of_keys_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPort = "2379";
// A watch that is silent for so long is made anew: its connection, or its server, may be dead without a word.
constexpr Duration kSilence = 1min;
// A watch that has lasted so long was no failure of its server.
constexpr Duration kGood = 5s;

class EtcdSource final : public config::DataSource {
 public:
  EtcdSource(const config::Address& address, Parameters parameters) {
    std::vector<std::string> servers = parameters.list("endpoints");
    if (servers.empty()) servers = split_at_commas(address.host);
    servers_ = Endpoints(server_urls(servers, wants_tls(parameters), kPort));
    user_ = parameters.text("userName", address.user);
    password_ = parameters.text("password", address.password);
    choice_.key = parameters.text("key", address.path);
    choice_.format = parameters.format();
    choice_.secret = parameters.flag("secret", false);
    // The original's word for watching more than was read.
    static_cast<void>(parameters.flag("withPrefix", false));
    silence_ = parameters.duration("silence", kSilence);
    const Duration timeout = parameters.seconds("readTimeoutSec", kCallTimeout);
    client_ = std::make_unique<HttpClient>(client_options_of(parameters, timeout));
    client_->set_traced(false);
    parameters.done();
    if (choice_.key.empty())
      throw Error(
          Code::invalid_argument,
          "the address names no key; expected etcd://HOST:2379/KEY, or /PREFIX/ with a slash at its end");
    if (choice_.is_prefix()) end_ = etcd::end_of_prefix(choice_.key);
  }

  Task<std::vector<config::Document>> read() override {
    const std::string body = etcd::range_request(choice_.key, end_);
    HttpResponse response = co_await ask("/kv/range", body);
    etcd::Range range = etcd::read_range(response.text());
    if (range.pairs.empty()) {
      throw Error(Code::not_found, choice_.is_prefix()
                                       ? "etcd has no key that begins with " + in_quotes(choice_.key)
                                       : "etcd has no key " + in_quotes(choice_.key));
    }
    revision_ = range.revision;
    std::vector<config::Document> out;
    for (etcd::Pair& each : range.pairs) {
      if (choice_.is_prefix() && each.key.ends_with('/')) continue;  // a folder, as some tools make them
      out.push_back(document_of(choice_, "etcd", each.key, std::move(each.value)));
    }
    co_return out;
  }

  Task<void> changed() override {
    for (std::size_t failures = 0;;) {
      const TimePoint begin = EventLoop::current().now();
      std::optional<Error> failure;
      try {
        const bool news = co_await watch();
        if (news) co_return;
      } catch (const Error& error) {
        failure = error;
      }
      if (!failure) continue;
      Context::current().check();
      servers_.next();
      if (EventLoop::current().now() - begin > kGood) failures = 0;
      if (++failures > servers_.size()) throw Error(*failure);
    }
  }

  Task<void> close() override { return client_->close(Duration::zero()); }

 private:
  // True: something has changed, or may have; false: silence.
  Task<bool> watch() {
    if (!user_.empty() && token_.empty()) co_await log_in();
    HttpCall call =
        call_of(servers_.current(), "/watch", etcd::watch_request(choice_.key, end_, revision_ + 1));
    call.read_timeout(silence_).header("Grpc-Metadata-hasleader", "true");
    HttpStream stream = co_await std::move(call).stream();
    if (!stream.ok()) {
      const std::string said = co_await stream.rest();
      token_.clear();
      throw failure_of(stream, said);
    }
    while (true) {
      std::optional<std::string> line;
      bool silent = false;
      try {
        line = co_await stream.line(kLongestLine);
      } catch (const Error& error) {
        silent = error.code() == Code::deadline_exceeded;
        if (!silent) throw;
      }
      Context::current().check();
      if (silent) co_return false;
      if (!line) throw Error(Code::unavailable, "etcd at " + servers_.current() + " has ended the watch");
      if (line->empty()) continue;
      const etcd::News news = etcd::read_news(*line);
      if (news.changed || news.compacted != 0) co_return true;
      if (!news.ended) continue;
      token_.clear();  // which may be the reason
      throw Error(Code::unavailable, "etcd at " + servers_.current() + " has ended the watch: " + news.why);
    }
  }

  // A good answer. A token that is not good any more is replaced once; servers of 3.3 have another path.
  Task<HttpResponse> ask(std::string_view path, const std::string& body) {
    for (bool again = true;; again = false) {
      if (!user_.empty() && token_.empty()) co_await log_in();
      const auto make = [&](const std::string& server) { return call_of(server, path, body); };
      HttpResponse response = co_await servers_.ask(make);
      if (response.ok()) co_return response;
      const bool is_old = response.status() == 404 && gateway_ == kGateway;
      const bool is_token = !user_.empty() && etcd::is_about_token(etcd::read_failure(response.text()));
      if (!again || (!is_old && !is_token)) throw failure_of(response, response.text());
      if (is_old) gateway_ = kOldGateway;
      token_.clear();
    }
  }

  Task<void> log_in() {
    const std::string body = etcd::login_request(user_, password_);
    const auto make = [&](const std::string& server) { return call_of(server, "/auth/authenticate", body); };
    HttpResponse response = co_await servers_.ask(make);
    if (response.status() == 404 && gateway_ == kGateway) {
      gateway_ = kOldGateway;
      response = co_await servers_.ask(make);
    }
    if (response.ok()) {
      token_ = etcd::read_token(response.text());
    } else if (etcd::read_failure(response.text()).find("not enabled") == std::string::npos) {
      throw failure_of(response, response.text());
    } else {
      user_.clear();  // the cluster wants no users
    }
  }

  HttpCall call_of(const std::string& server, std::string_view path, std::string body) {
    HttpCall call = client_->post(server + std::string(gateway_) + std::string(path));
    call.body(std::move(body), "application/json");
    if (!token_.empty()) call.header("Authorization", token_);
    return call;
  }

  static Error failure_of(const HttpResponse& response, std::string_view body) {
    std::string why = etcd::read_failure(body);
    if (why.empty()) why = "it answered " + std::to_string(response.status());
    const bool is_refusal = response.status() == 400 || response.status() == 401 || response.status() == 403;
    return Error(is_refusal ? Code::permission_denied : Code::unavailable, response.describe(why));
  }

  static constexpr std::string_view kGateway = "/v3";
  static constexpr std::string_view kOldGateway = "/v3beta";
  static constexpr std::size_t kLongestLine = 64 * 1024 * 1024;

  std::string user_;
  std::string password_;
  KeyChoice choice_;
  std::string end_;
  Duration silence_{};
  Endpoints servers_;
  std::unique_ptr<HttpClient> client_;
  std::string_view gateway_ = kGateway;
  std::string token_;
  std::int64_t revision_ = 0;  // of what was read
};

}  // namespace

std::unique_ptr<config::DataSource> make_etcd_source(const config::Address& address) {
  return std::make_unique<EtcdSource>(address, Parameters(address));
}

}  // namespace ngo::app
