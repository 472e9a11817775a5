// centre: a service whose settings lie at a company's own centre. One class, and the service reads them
// there, follows them, and refuses what is wrong with them, as it does with files:
//
//   centre -c 'centre://conf.internal:8300/box-office?token=${CENTRE_TOKEN}' -w true
//
// This company's centre answers GET /v1/NAME with {"version": 7, "text": "..."}, the text in YAML, and with
// ?after=7 only when there is a newer one, or, after a minute, with 204.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ngo/app.hpp>
#include <ngo/config/data_source.hpp>
#include <ngo/http/client/client.hpp>

namespace {

using namespace std::chrono_literals;

// [centre]
class Centre final : public ngo::config::DataSource {
 public:
  explicit Centre(const ngo::config::Address& address)
      : name_(address.scheme + ":" + address.path),
        url_("http://" + address.host + "/v1" + address.path),
        token_(address.parameter("token")) {}

  ngo::Task<std::vector<ngo::config::Document>> read() override {
    State state = co_await http_.get(url_).bearer(token_).as<State>();
    version_ = state.version;
    std::vector<ngo::config::Document> out(1);
    out[0].source = name_;  // mistakes are told with it: centre:/box-office:3:7
    out[0].text = state.text;
    co_return out;
  }

  // What is thrown, here and above, makes the source "down": ngo tells of it and tries again.
  ngo::Task<void> changed() override {
    while (true) {
      ngo::HttpCall call = http_.get(url_).bearer(token_).query("after", version_);
      call.timeout(90s).response_timeout(90s).read_timeout(90s);
      ngo::HttpResponse answer = co_await std::move(call);
      answer.require_ok();
      if (answer.status() != 204) co_return;
    }
  }

  ngo::Task<void> close() override { return http_.close(); }

 private:
  struct State {
    std::int64_t version = 0;
    std::string text;
  };

  std::string name_;
  std::string url_;
  std::string token_;
  ngo::HttpClient http_;
  std::int64_t version_ = 0;
};
// [/centre]

struct Greeting {
  static constexpr std::string_view kSection = "greeting";
  std::string text = "hello";
};

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv);
  // [add]
  app.config_source("centre",
                    [](const ngo::config::Address& address) { return std::make_unique<Centre>(address); });
  // [/add]
  app.get("/", [](ngo::Config<Greeting> greeting) { return greeting->text; });
  return app.run();
}
