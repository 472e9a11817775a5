#include "ngo/app/sources/apollo_source_impl.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/app/ops/admin.hpp"
#include "ngo/app/sources/apollo_messages_impl.hpp"
#include "ngo/app/sources/endpoints_impl.hpp"
#include "ngo/app/sources/pace_impl.hpp"
#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPort = "8080";
constexpr Duration kRefresh = 5min;     // of everything, and of the list of servers
constexpr Duration kLongestPoll = 90s;  // the server answers after 60
constexpr std::string_view kContent = "content";

struct Namespace {
  std::string name;  // as it is asked for
  std::string_view suffix;
  std::int64_t notification = -1;
  std::string release;
  std::optional<apollo::Configurations> configurations;
};

class ApolloSource final : public config::DataSource {
 public:
  ApolloSource(const config::Address& address, Parameters parameters) {
    app_ = parameters.required("appId");
    cluster_ = parameters.text("cluster", "default");
    secret_ = parameters.text("accesskeySecret");
    label_ = parameters.text("label");
    data_center_ = parameters.text("dataCenter");
    ip_ = parameters.text("ip");
    if (ip_.empty()) ip_ = reachable_address();
    refresh_ = parameters.duration("interval", kRefresh);
    format_ = parameters.format();
    secret_content_ = parameters.flag("secret", false);
    const bool is_meta = parameters.flag("meta", false);
    std::vector<std::string> names = parameters.list("namespaceNames");
    if (names.empty()) names = {"application"};
    std::vector<std::string> servers;
    for (const std::string& each : split_at_commas(address.host)) servers.push_back(each + address.path);
    Endpoints given(server_urls(servers, wants_tls(parameters), kPort));
    (is_meta ? metas_ : servers_) = std::move(given);
    client_ = std::make_unique<HttpClient>(client_options_of(parameters));
    client_->set_traced(false);
    parameters.done();
    for (const std::string& name : names) add(name);
  }

  Task<std::vector<config::Document>> read() override {
    if (!news_ || !is_complete_) co_await read_all();
    news_ = false;
    std::vector<config::Document> out;
    out.reserve(namespaces_.size());
    for (const Namespace& each : namespaces_) out.push_back(document_of(each));
    co_return out;
  }

  Task<void> changed() override {
    while (!news_) {
      pace_.begin();
      if (EventLoop::current().now() >= next_refresh_) {
        co_await read_all();
        continue;
      }
      const TimePoint refresh = std::exchange(next_refresh_, TimePoint());  // at once where this fails
      co_await poll();
      next_refresh_ = refresh;
      if (!news_) co_await pace_.rest();
    }
  }

  Task<void> close() override { return client_->close(Duration::zero()); }

  [[nodiscard]] Pauses pauses() const noexcept override { return {2s, 2min}; }  // 1 to 120 s

 private:
  void add(const std::string& name) {
    Namespace& made = namespaces_.emplace_back();
    made.name = apollo::wire_name(name);
    made.suffix = apollo::suffix_of(made.name);
    if (made.suffix == ".xml") {
      throw Error(Code::invalid_argument, "the namespace " + in_quotes(name) +
                                              " is XML; expected properties, .yaml, .yml, .json or .txt");
    }
  }

  Task<void> read_all() {
    for (Namespace& each : namespaces_) co_await fetch(each, std::string_view());
    is_complete_ = true;
    next_refresh_ = EventLoop::current().now() + refresh_;
  }

  // Asks for what was published last. `messages` are those of a notification.
  Task<void> fetch(Namespace& of, std::string_view messages) {
    std::string target = "/configs/" + url::encode_segment(app_) + "/" + url::encode_segment(cluster_) + "/" +
                         url::encode_segment(of.name);
    std::string query;
    add_query(query, "releaseKey", of.release);
    add_query(query, "ip", ip_);
    add_query(query, "dataCenter", data_center_);
    add_query(query, "label", label_);
    add_query(query, "messages", messages);
    target += query;
    HttpResponse response = co_await ask(target, std::nullopt);
    if (response.status() == 304 || response.status() == 404) co_return;
    if (response.status() != 200) throw failure_of(response);
    const apollo::Release release = apollo::read_release(response.text());
    if (release.is_incremental && !of.configurations)
      throw Error(Code::internal, "Apollo has sent changes of a release that was not read");
    apollo::Configurations next = of.configurations.value_or(apollo::Configurations());
    apollo::apply(release, next);
    if (of.configurations != next) news_ = true;
    of.configurations = std::move(next);
    of.release = release.key;
  }

  // Waits until something is published, or the server does not want to hold us any longer.
  Task<void> poll() {
    std::vector<apollo::Notification> known;
    known.reserve(namespaces_.size());
    for (const Namespace& each : namespaces_) known.push_back({each.name, each.notification, {}});
    std::string target = "/notifications/v2";
    std::string query;
    add_query(query, "appId", app_);
    add_query(query, "cluster", cluster_);
    add_query(query, "notifications", apollo::write_notifications(known));
    add_query(query, "dataCenter", data_center_);
    add_query(query, "ip", ip_);
    target += query;
    HttpResponse response = co_await ask(target, kLongestPoll);
    if (response.status() == 304) co_return;
    if (response.status() != 200) throw failure_of(response);
    const std::vector<apollo::Notification> told = apollo::read_notifications(response.text());
    for (const apollo::Notification& each : told) {
      for (Namespace& ours : namespaces_) {
        if (!equals_ignoring_case(ours.name, apollo::wire_name(each.namespace_name))) continue;
        co_await fetch(ours, each.messages);
        ours.notification = each.id;  // only now: what could not be read is told again
      }
    }
  }

  // The answer of a configuration service to a signed request.
  Task<HttpResponse> ask(const std::string& target, std::optional<Duration> patience) {
    if (metas_.size() > 0 && EventLoop::current().now() >= next_lookup_) co_await look_up();
    const auto make = [&](const std::string& server) {
      HttpCall call = client_->get(server + target);
      if (patience) call.timeout(*patience).response_timeout(*patience).read_timeout(*patience);
      if (secret_.empty()) return call;
      const auto now =
          std::chrono::floor<std::chrono::milliseconds>(EventLoop::current().wall().time_since_epoch());
      const std::string timestamp = std::to_string(now.count());
      call.header("Timestamp", timestamp);
      // What is signed is what is sent.
      call.header("Authorization",
                  apollo::authorization(app_, secret_, timestamp, Url(server + target).target()));
      return call;
    };
    std::optional<Error> failure;
    try {
      HttpResponse response = co_await servers_.ask(make);
      co_return response;
    } catch (const Error& error) {
      failure = error;
    }
    next_lookup_ = {};
    throw Error(*failure);
  }

  // Asks the meta servers for the configuration services. Those that are known stay when none answers.
  Task<void> look_up() {
    std::string query;
    add_query(query, "appId", app_);
    add_query(query, "ip", ip_);
    const auto make = [&](const std::string& server) {
      return client_->get(server + "/services/config" + query);
    };
    std::optional<Error> failure;
    try {
      const HttpResponse response = co_await metas_.ask(make);
      response.require_ok();
      std::vector<std::string> found = apollo::read_services(response.text());
      if (found.empty())
        throw Error(Code::unavailable, response.describe("it knows no configuration service"));
      servers_.replace(std::move(found));
    } catch (const Error& error) {
      failure = error;
    }
    next_lookup_ = EventLoop::current().now() + kRefresh;
    if (!failure) co_return;
    Context::current().check();
    if (servers_.size() == 0) throw Error(*failure);
    log::every(1min).warn("{}; going on with the configuration services that are known", failure->message());
  }

  [[nodiscard]] config::Document document_of(const Namespace& of) const {
    config::Document out;
    out.secret = secret_content_;
    out.source = "apollo:" + app_ + "/" + cluster_ + "/" + of.name;
    if (!of.configurations) {
      out.warning = "Apollo has nothing published in the namespace " + in_quotes(of.name) + " of " +
                    in_quotes(app_) + ", cluster " + in_quotes(cluster_) + "; going on without it";
      return out;
    }
    const apollo::Configurations& all = *of.configurations;
    const bool has_content = all.size() == 1 && all[0].first == kContent;
    // The original took the content of every namespace that is not called .properties.
    const bool is_text =
        !of.suffix.empty() || (has_content && format_ && *format_ != config::Format::properties);
    if (!is_text) {
      out.format = config::Format::properties;
      out.text = apollo::to_properties(all);
      return out;
    }
    out.format = of.suffix.empty() || of.suffix == ".txt" ? format_.value_or(config::Format::yaml)
                                                          : config::format_of_path(of.suffix);
    for (const auto& [key, value] : all) {
      if (key == kContent) out.text = value;
    }
    return out;
  }

  static void add_query(std::string& query, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    query.append(query.empty() ? "?" : "&").append(name).append("=").append(url::encode_query(value));
  }

  static Error failure_of(const HttpResponse& response) {
    std::string why = "it answered " + std::to_string(response.status());
    if (response.status() == 401) why += "; is accesskeySecret right, and this machine's clock?";
    if (response.status() == 400) why += "; is appId right?";
    const Code code = response.status() == 401   ? Code::permission_denied
                      : response.status() == 400 ? Code::invalid_argument
                                                 : Code::internal;
    return Error(code, response.describe(why));
  }

  std::string app_;
  std::string cluster_;
  std::string secret_;
  std::string label_;
  std::string data_center_;
  std::string ip_;
  std::optional<config::Format> format_;
  bool secret_content_ = false;
  Duration refresh_{};
  Endpoints metas_;  // empty: the address names configuration services
  Endpoints servers_;
  std::unique_ptr<HttpClient> client_;
  Pace pace_;

  std::vector<Namespace> namespaces_;
  bool is_complete_ = false;  // every namespace was asked for
  bool news_ = false;         // there is what read() has not given yet
  TimePoint next_refresh_{};
  TimePoint next_lookup_{};
};

}  // namespace

std::unique_ptr<config::DataSource> make_apollo_source(const config::Address& address) {
  return std::make_unique<ApolloSource>(address, Parameters(address));
}

std::string apollo_cache_file(const config::Address& address) {
  Parameters parameters(address);
  const std::string folder = parameters.text("cacheDir", ".");
  if (folder == "none") return {};
  std::string name = parameters.text("appId") + "_" + parameters.text("cluster", "default");
  for (char& c : name) {
    if (c == '/') c = '_';
  }
  return folder + "/." + name;
}

}  // namespace ngo::app
