#include "import_routes.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <ngo/app.hpp>
#include <ngo/app/jobs.hpp>
#include <ngo/codec/json.hpp>

#include "article.hpp"
#include "store.hpp"

namespace newsroom {
namespace {

struct Imported {
  int articles = 0;
};

NewArticle parse_line(std::string_view line, int number) {
  try {
    return ngo::json::parse<NewArticle>(line);
  } catch (const ngo::json::ParseError& error) {
    throw ngo::Error(ngo::Code::invalid_argument, "line " + std::to_string(number) + ": " + error.what());
  }
}

// A line is an article as JSON. The first that is none ends the import; those before it stay.
ngo::Task<Imported> import_lines(std::shared_ptr<const std::string> lines, Store& store,
                                 ngo::Progress progress) {
  const std::string_view text = *lines;
  Imported imported;
  std::size_t at = 0;
  for (int number = 1; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    NewArticle article = parse_line(line, number);
    co_await store.add(std::move(article));
    ++imported.articles;
    progress.set(static_cast<double>(at) / static_cast<double>(text.size() + 1),
                 std::to_string(imported.articles) + " articles");
    // A wire that brings an article every few milliseconds: there is something to see.
    co_await ngo::sleep(std::chrono::milliseconds(5));
  }
  co_return imported;
}

ngo::Task<ngo::StartedJob> start(ngo::Body body, ngo::Jobs& jobs, Store& store) {
  // The request ends before the work, so the work gets what it needs.
  auto text = std::make_shared<const std::string>(co_await body.text());
  auto work = [text, &store](ngo::Progress& progress) { return import_lines(text, store, progress); };
  co_return jobs.start("import", std::move(work)).at("/imports");
}

}  // namespace

void add_import_routes(ngo::Routes& routes) {
  routes.post("/imports", start);
  ngo::add_job_routes(routes, "/imports");
}

}  // namespace newsroom
