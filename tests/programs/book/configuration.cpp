// The code of docs/configuration.md.
#include <ngo/app.hpp>
#include <ngo/config/data_source.hpp>
#include <ngo/runtime/wait.hpp>

using namespace std::chrono_literals;

namespace {

// [centre]
// -c 'centre://any/box-office': a company's own place for configuration.
class Centre final : public ngo::config::DataSource {
 public:
  explicit Centre(const ngo::config::Address& address) : service_(address.path.substr(1)) {}

  ngo::Task<std::vector<ngo::config::Document>> read() override {
    ngo::config::Document document;
    document.source = "centre/" + service_;
    document.text = "counter: { start: 2000 }\n";  // yours asks a server
    co_return std::vector<ngo::config::Document>{document};
  }
  ngo::Task<void> changed() override { co_await ngo::sleep(30s); }
  ngo::Task<void> close() override { co_return; }

 private:
  std::string service_;
};
// [/centre]

}  // namespace

void add_configuration(ngo::App& app) {
  // [add]
  app.config_source("centre",
                    [](const ngo::config::Address& address) { return std::make_unique<Centre>(address); });
  // [/add]
}
