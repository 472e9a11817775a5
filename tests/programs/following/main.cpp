// following ADDRESS [READS]: reads a source of configuration, waits until it may have changed, reads again; a
// line of JSON for each. Ends after so many; without a number never.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <ngo/app/sources/sources.hpp>
#include <ngo/base/error.hpp>
#include <ngo/codec/json.hpp>
#include <ngo/config/overrides.hpp>
#include <ngo/runtime/event_loop.hpp>

namespace {

struct Piece {
  std::string source;
  std::string format;
  std::string text;
  std::string key;
  std::string warning;
};

struct Line {
  std::vector<Piece> documents;
  std::string error;
};

ngo::Task<void> follow(ngo::config::DataSource& source, int reads) {
  for (int i = 0; reads == 0 || i < reads; ++i) {
    Line line;
    if (i > 0) co_await source.changed();
    try {
      const std::vector<ngo::config::Document> documents = co_await source.read();
      for (const ngo::config::Document& each : documents) {
        line.documents.push_back(
            {each.source, std::string(ngo::config::name_of(each.format)), each.text, each.key, each.warning});
      }
    } catch (const ngo::Error& error) {
      line.error = error.message();
    }
    std::printf("%s\n", ngo::json::to_string(line).c_str());
    std::fflush(stdout);
  }
  co_await source.close();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    ngo::config::Report report;
    ngo::config::DataSources sources = ngo::config::DataSources::built_in();
    ngo::app::add_remote_sources(sources);
    ngo::config::Address address = ngo::config::parse_address(
        ngo::config::substitute_in_address(argv[1], ngo::config::Environment::of_process(), {}, report));
    address.shown = ngo::config::parse_address(argv[1]).shown;
    ngo::EventLoop loop;
    const std::unique_ptr<ngo::config::DataSource> source = sources.make(address);
    loop.block_on(follow(*source, argc > 2 ? std::atoi(argv[2]) : 0));
  } catch (const ngo::Error& error) {
    std::printf("%s\n", ngo::json::to_string(Line{{}, error.message()}).c_str());
    return 1;
  }
  return 0;
}
