// A small news service: the parts of an ordinary back end, each in a file of its own.
//
//   article.hpp         what it is about, as plain structs with rules
//   article_routes.cpp  what it answers
//   store.hpp           where articles are kept, as a module; memory_store.cpp keeps them in memory
//   comments.cpp        what readers say, as a live stream too
//   pictures.cpp        one for each article, uploaded and downloaded
//   import_routes.cpp   many articles at once, in the background, with progress
//   web/                a page for people, in plain files
#include <ngo/app.hpp>

#include "article_routes.hpp"
#include "comment_routes.hpp"
#include "import_routes.hpp"
#include "picture_routes.hpp"

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
  newsroom::add_article_routes(app);
  newsroom::add_comment_routes(app);
  newsroom::add_picture_routes(app);
  newsroom::add_import_routes(app);
  app.static_files("/", WEB_DIRECTORY);
  return app.run();
}
