#include "ngo/app/sources/nacos_source_impl.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/sources/digest_impl.hpp"
#include "ngo/app/sources/endpoints_impl.hpp"
#include "ngo/app/sources/nacos_messages_impl.hpp"
#include "ngo/app/sources/pace_impl.hpp"
#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/client/client.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPort = "8848";
constexpr std::chrono::seconds kPoll = 30s;  // for which the server holds a poll
constexpr Duration kLate = 10s;              // behind that, before a server is taken for dead

struct Entry {
  std::string data_id;
  std::string content;
  std::string said_type;  // by the server
  std::string md5;
};

class NacosSource final : public config::DataSource {
 public:
  NacosSource(const config::Address& address, Parameters parameters) {
    servers_ = Endpoints(server_urls(split_at_commas(address.host), wants_tls(parameters), kPort));
    std::vector<std::string> ids = parameters.list("dataId");
    if (ids.empty() && address.path.size() > 1)
      ids = split_at_commas(std::string_view(address.path).substr(1));
    for (std::string& id : ids) entries_.emplace_back().data_id = std::move(id);
    group_ = parameters.text("group", "DEFAULT_GROUP");
    namespace_ = parameters.text("namespace", parameters.text("tenant"));
    user_ = parameters.text("username", address.user);
    password_ = parameters.text("password", address.password);
    format_ = parameters.format();
    secret_ = parameters.flag("secret", false);
    base_ = parameters.text("contextPath", "/nacos");
    const std::string version = parameters.text("api", "v1");
    is_second_ = version == "v2";
    client_ = std::make_unique<HttpClient>(client_options_of(parameters));
    client_->set_traced(false);
    parameters.done();
    if (version != "v1" && version != "v2")
      throw Error(Code::invalid_argument, "the parameter \"api\" of the address: expected v1 or v2");
    if (entries_.empty())
      throw Error(Code::invalid_argument, "the address names no data id; expected nacos://HOST:8848/DATA-ID");
  }

  Task<std::vector<config::Document>> read() override {
    if (!news_ || !is_complete_) co_await read_all();
    news_ = false;
    std::vector<config::Document> out;
    out.reserve(entries_.size());
    for (const Entry& each : entries_) out.push_back(document_of(each));
    co_return out;
  }

  Task<void> changed() override {
    while (!news_) {
      pace_.begin();
      const bool told = co_await poll();
      if (told) co_await read_all();
      if (!news_) co_await pace_.rest();
    }
  }

  Task<void> close() override { return client_->close(Duration::zero()); }

 private:
  Task<void> read_all() {
    for (Entry& each : entries_) {
      std::string query =
          "?dataId=" + url::encode_query(each.data_id) + "&group=" + url::encode_query(group_);
      if (!namespace_.empty())
        query.append(is_second_ ? "&namespaceId=" : "&tenant=").append(url::encode_query(namespace_));
      const std::string target = base_ + (is_second_ ? "/v2/cs/config" : "/v1/cs/configs") + query;
      const HttpResponse response = co_await ask(target, std::nullopt);
      if (response.status() == 404)
        throw Error(Code::not_found, "Nacos has no configuration " + in_quotes(each.data_id) +
                                         " in the group " + in_quotes(group_) +
                                         (namespace_.empty() ? "" : " of " + in_quotes(namespace_)));
      if (!response.ok()) throw failure_of(response);
      std::string content = is_second_ ? nacos::read_data(response.text()) : response.text();
      each.said_type = response.header("Config-Type").value_or("");
      news_ |= each.md5.empty() || content != each.content;
      each.md5 = md5_hex(content);
      each.content = std::move(content);
    }
    is_complete_ = true;
  }

  // Whether the server has something else than we.
  Task<bool> poll() {
    std::vector<nacos::Watched> all;
    all.reserve(entries_.size());
    for (const Entry& each : entries_) all.push_back({each.data_id, group_, each.md5, namespace_});
    const std::string body = "Listening-Configs=" + url::encode_query(nacos::write_watched(all));
    const std::string target = base_ + (is_second_ ? "/v2/cs/config/listener" : "/v1/cs/configs/listener");
    const HttpResponse response = co_await ask(target, body);
    if (!response.ok()) throw failure_of(response);
    co_return !nacos::read_changed(response.text()).empty();
  }

  // With a token where there is a user; a token that is not good any more is replaced once.
  Task<HttpResponse> ask(const std::string& target, std::optional<std::string> body) {
    for (bool again = true;; again = false) {
      if (!user_.empty() && token_.empty()) co_await log_in();
      std::string full = target;
      if (!token_.empty())
        full.append(full.find('?') == std::string::npos ? "?" : "&")
            .append("accessToken=")
            .append(url::encode_query(token_));
      const auto make = [&](const std::string& server) {
        if (!body) return client_->get(server + full);
        HttpCall call = client_->post(server + full);
        call.header("Long-Pulling-Timeout", std::to_string(std::chrono::milliseconds(kPoll).count()));
        call.body(*body, "application/x-www-form-urlencoded");
        call.timeout(kPoll + kLate).response_timeout(kPoll + kLate).read_timeout(kPoll + kLate);
        return call;
      };
      HttpResponse response = co_await servers_.ask(make);
      const bool is_token = !token_.empty() && (response.status() == 401 || response.status() == 403);
      if (!again || !is_token) co_return response;
      token_.clear();
    }
  }

  Task<void> log_in() {
    const auto make = [&](const std::string& server) {
      HttpCall call = client_->post(server + base_ + "/v1/auth/login");
      call.form("username", user_).form("password", password_);
      return call;
    };
    const HttpResponse response = co_await servers_.ask(make);
    if (!response.ok()) throw failure_of(response);
    token_ = nacos::read_token(response.text());
  }

  [[nodiscard]] config::Document document_of(const Entry& of) const {
    config::Document out;
    out.source = "nacos:" + group_ + "/" + of.data_id;
    out.text = of.content;
    out.secret = secret_;
    std::optional<config::Format> format = format_;
    const std::size_t dot = of.data_id.rfind('.');
    if (!format && dot != std::string::npos)
      format = config::format_of_name(std::string_view(of.data_id).substr(dot + 1));
    if (!format) format = config::format_of_name(of.said_type);
    out.format = format.value_or(config::Format::yaml);
    return out;
  }

  static Error failure_of(const HttpResponse& response) {
    const bool is_refusal = response.status() == 401 || response.status() == 403;
    return Error(is_refusal ? Code::permission_denied : Code::internal,
                 response.describe("it answered " + std::to_string(response.status()) + " " +
                                   response.text().substr(0, 200)));
  }

  std::vector<Entry> entries_;
  std::string group_;
  std::string namespace_;
  std::string user_;
  std::string password_;
  std::optional<config::Format> format_;
  bool secret_ = false;
  bool is_second_ = false;  // version 2 of the API
  std::string base_;
  Endpoints servers_;
  std::unique_ptr<HttpClient> client_;
  Pace pace_;

  std::string token_;
  bool is_complete_ = false;  // every one was read
  bool news_ = false;         // there is what read() has not given yet
};

}  // namespace

std::unique_ptr<config::DataSource> make_nacos_source(const config::Address& address) {
  return std::make_unique<NacosSource>(address, Parameters(address));
}

}  // namespace ngo::app
