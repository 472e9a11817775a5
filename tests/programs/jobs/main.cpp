// The code of docs/jobs.md, as a program that runs. test_jobs.py sees to it that it does what the page says.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ngo/app.hpp>
#include <ngo/app/jobs.hpp>

namespace {

// [import]
struct Imported {
  std::uint64_t lines = 0;
};

// Reads lines; each takes its time.
ngo::Task<Imported> import_lines(std::string text, ngo::JobProgress progress) {
  Imported imported;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view piece = std::string_view(text).substr(at, 1000);
    for (char byte : piece) imported.lines += byte == '\n' ? 1 : 0;
    if (piece.front() == '!') throw ngo::Error(ngo::Code::invalid_argument, "a line begins with \"!\"");
    at += piece.size();
    progress.report(static_cast<double>(at) / static_cast<double>(text.size()),
                    std::to_string(imported.lines) + " lines");
    co_await ngo::sleep(std::chrono::milliseconds(20));
  }
  co_return imported;
}

ngo::Task<ngo::StartedJob> start_import(ngo::Jobs& jobs, ngo::Body body) {
  // The request ends before the work, so the work gets what it needs.
  std::string text = co_await body.text();
  co_return jobs.start("import", [text](ngo::JobProgress& progress) { return import_lines(text, progress); });
}
// [/import]

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv);
  // [routes]
  app.post("/imports", start_import).max_body(1 << 30);
  ngo::add_job_routes(app, "/imports");
  // [/routes]
  return app.run();
}
