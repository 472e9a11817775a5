// The code of docs/responses.md.
#include "responses.hpp"

#include <unistd.h>

namespace {

void add_files(ngo::App& app) {
  // [file]
  app.get("/reports/{year}", [](int year) {
    return ngo::File("reports/" + std::to_string(year) + ".pdf")
        .attachment("report " + std::to_string(year) + ".pdf");
  });

  // A name that the client has a say in: nothing outside of the directory can be reached.
  app.get("/images/{name}",
          [](std::string name) { return ngo::File::beneath("images", name).cache_control("max-age=3600"); });
  // [/file]
}

void add_directories(ngo::App& app) {
  // [static]
  app.static_files("/assets", "web/assets", {.cache_control = "public, max-age=3600"});

  // A single-page application: addresses without a file are answered with its page.
  app.static_files("/", "web", {.fallback = "index.html"});
  // [/static]
}

}  // namespace

void add_responses(ngo::App& app) {
  add_files(app);
  if (access("web", R_OK) == 0) add_directories(app);
}
