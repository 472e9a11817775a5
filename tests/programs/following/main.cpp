// following ADDRESS [once]: reads a source of configuration and follows it: a line of JSON for what it gives,
// and for each time that it goes down.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <ngo/app/sources/sources.hpp>
#include <ngo/codec/json.hpp>
#include <ngo/config/source_set.hpp>
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

void tell(const std::vector<ngo::config::Document>& documents, std::string error) {
  Line line;
  line.error = std::move(error);
  for (const ngo::config::Document& each : documents) {
    line.documents.push_back(
        {each.source, std::string(ngo::config::name_of(each.format)), each.text, each.key, each.warning});
  }
  std::printf("%s\n", ngo::json::to_string(line).c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string address = argv[1];
  const bool once = argc > 2;
  ngo::config::Report report;
  ngo::config::DataSources makers = ngo::config::DataSources::built_in();
  ngo::app::add_remote_sources(makers);
  ngo::config::CommandLine command_line;
  command_line.files = {address};
  ngo::EventLoop loop;
  ngo::config::SourceSet sources(command_line, makers, ngo::config::Environment::of_process(), report);
  if (report.empty()) loop.block_on(sources.read(report));
  tell(sources.documents(address), report.to_string());
  if (once) {
    loop.block_on(sources.close());
    return report.empty() ? 0 : 1;
  }
  loop.block_on(sources.follow([&] { tell(sources.documents(address), ""); },
                               [](const ngo::config::SourceStatus& status) {
                                 if (!status.up) tell({}, status.problem);
                               }));
  return 0;
}
