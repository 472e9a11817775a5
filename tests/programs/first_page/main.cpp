// The service on the first page of docs/architecture.md, without its database and cache: it must compile as
// printed.
#include <ngo/app.hpp>

struct NewArticle {
  std::string title;
  std::string body;
  static constexpr auto rules = ngo::rules(ngo::length<&NewArticle::title>(1, 200));
};
struct Article {
  std::int64_t id;
  std::string title;
  std::string body;
};

int main(int argc, char** argv) {
  ngo::App app(argc, argv);  // flags, config, logs, metrics, tracing, health, signals

  app.get("/articles/{id}",
          [](std::int64_t id) -> ngo::Task<Article> { co_return Article{id, "a title", "a body"}; });

  app.post("/articles", [](ngo::Json<NewArticle> in) -> ngo::Task<ngo::Created<Article>> {
    Article article{1, in->title, in->body};
    co_return ngo::Created{article, "/articles/{}", article.id};
  });

  return app.run();
}
