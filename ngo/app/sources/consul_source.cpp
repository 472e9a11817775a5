#include "ngo/app/sources/consul_source_impl.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/sources/consul_messages_impl.hpp"
#include "ngo/app/sources/endpoints_impl.hpp"
#include "ngo/app/sources/pace_impl.hpp"
#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/app/sources/tree_of_keys_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/client/client.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPort = "8500";
constexpr Duration kWait = 5min;  // Consul's own; ten minutes is its limit
constexpr Duration kLate = 10s;   // behind the wait and its jitter, before a server is taken for dead

std::string encode_path(std::string_view key) {
  std::string out;
  while (true) {
    const std::size_t slash = key.find('/');
    out += url::encode_segment(key.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    key.remove_prefix(slash + 1);
  }
}

class ConsulSource final : public config::DataSource {
 public:
  ConsulSource(const config::Address& address, Parameters parameters) {
    servers_ = Endpoints(server_urls(split_at_commas(address.host), wants_tls(parameters), kPort));
    std::string key = parameters.text("key", address.path);
    while (key.starts_with('/')) key.erase(0, 1);  // Consul's keys have none
    choice_.key = std::move(key);
    choice_.format = parameters.format();
    choice_.secret = parameters.flag("secret", false);
    token_ = parameters.text("token");
    wait_ = parameters.duration("wait", kWait);
    for (const std::string_view name : {"dc", "ns", "partition"}) {
      const std::string value = parameters.text(name);
      if (!value.empty()) query_.append("&").append(name).append("=").append(url::encode_query(value));
    }
    client_ = std::make_unique<HttpClient>(client_options_of(parameters));
    client_->set_traced(false);
    parameters.done();
    if (choice_.key.empty())
      throw Error(
          Code::invalid_argument,
          "the address names no key; expected consul://HOST:8500/KEY, or /PREFIX/ with a slash at its end");
  }

  Task<std::vector<config::Document>> read() override {
    if (!news_) {
      index_ = 0;
      co_await query();
    }
    news_ = false;
    if (!pairs_) {
      throw Error(Code::not_found, choice_.is_prefix()
                                       ? "Consul has no key that begins with " + in_quotes(choice_.key)
                                       : "Consul has no key " + in_quotes(choice_.key));
    }
    std::vector<config::Document> out;
    for (const auto& [key, value] : *pairs_) {
      if (choice_.is_prefix() && key.ends_with('/')) continue;  // a folder, as Consul's pages make them
      out.push_back(document_of(choice_, "consul", key, value));
    }
    co_return out;
  }

  Task<void> changed() override {
    while (!news_) {
      pace_.begin();
      co_await query();
      if (!news_) co_await pace_.rest();
    }
  }

  Task<void> close() override { return client_->close(Duration::zero()); }

 private:
  // Waits behind the index, unless that is 0, and takes what there is then.
  Task<void> query() {
    std::string parameters = choice_.is_prefix() ? "&recurse=true" : "";
    parameters += query_;
    if (index_ != 0) {
      const auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(wait_).count(), 1);
      parameters += "&index=" + std::to_string(index_) + "&wait=" + std::to_string(seconds) + "s";
    }
    if (!parameters.empty()) parameters.front() = '?';
    const std::string target = "/v1/kv/" + encode_path(choice_.key) + parameters;
    const auto make = [&](const std::string& server) {
      HttpCall call = client_->get(server + target);
      if (!token_.empty()) call.header("X-Consul-Token", token_);
      const Duration patience = wait_ + wait_ / 16 + kLate;  // Consul adds up to a sixteenth
      if (index_ != 0) call.timeout(patience).response_timeout(patience).read_timeout(patience);
      return call;
    };
    const HttpResponse response = co_await servers_.ask(make);
    std::optional<consul::Pairs> found;
    if (response.ok()) {
      found = consul::read_pairs(response.text());
    } else if (response.status() != 404) {
      const bool is_refusal = response.status() == 401 || response.status() == 403;
      throw Error(is_refusal ? Code::permission_denied : Code::internal,
                  response.describe("it answered " + std::to_string(response.status()) + " " +
                                    response.text().substr(0, 200)));
    }
    index_ = consul::next_index(index_, response.header("X-Consul-Index"));
    news_ = found != pairs_;
    pairs_ = std::move(found);
  }

  KeyChoice choice_;
  std::string token_;
  std::string query_;
  Duration wait_{};
  Endpoints servers_;
  std::unique_ptr<HttpClient> client_;
  Pace pace_;

  std::uint64_t index_ = 0;
  std::optional<consul::Pairs> pairs_;  // nothing: there is no such key
  bool news_ = false;                   // there is what read() has not given yet
};

}  // namespace

std::unique_ptr<config::DataSource> make_consul_source(const config::Address& address) {
  return std::make_unique<ConsulSource>(address, Parameters(address));
}

}  // namespace ngo::app
