// A small news service: the parts of an ordinary back end, each in a file of its own.
//
//   article.hpp         what it is about, as plain structs with rules
//   article_routes.cpp  what it answers
//   store.hpp           where articles are kept, as a module; memory_store.cpp keeps them in memory
//   front_page.cpp      a page for people
#include <ngo/app.hpp>

#include "article_routes.hpp"
#include "front_page.hpp"

namespace {

// What holds when no file is there; app.yaml beside this file shows more.
constexpr const char* kDefaults = R"yaml(
service:    { serviceName: newsroom }
httpServer: { port: 8080 }
store:      { samples: true, maxArticles: 10000 }
)yaml";

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "newsroom", .version = "0.1.0", .default_config = kDefaults});
  app.get("/", newsroom::front_page);
  newsroom::add_article_routes(app);
  return app.run();
}
