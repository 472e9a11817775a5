// The code of docs/responses.md.
#include "responses.hpp"

#include <unistd.h>
#include <ngo/runtime/generator.hpp>

using namespace std::chrono_literals;

namespace {

// [hub]
struct Headline {
  std::string text;
};

void add_headlines(ngo::App& app, ngo::EventHub& headlines) {
  app.get("/headlines/live", [&headlines] { return headlines.subscribe(); });

  app.post("/headlines", [&headlines](ngo::Json<Headline> headline) {
    headlines.publish(ngo::ServerEvent(headline->text, "headline"));
  });
}
// [/hub]

void add_events(ngo::App& app) {
  // [events]
  app.get("/countdown-events/{from}", [](int from) {
    ngo::Events events([from](ngo::EventSink& out) -> ngo::Task<void> {
      for (int i = from; i > 0; --i) {
        co_await out.send(ngo::ServerEvent(std::to_string(i), "tick"));
        co_await ngo::sleep(10ms);
      }
    });
    return events.heartbeat(30s).retry(2s);
  });
  // [/events]
}

// [rows]
struct Measurement {
  int second;
  double value;
};

ngo::Generator<Measurement> measurements(int count) {
  for (int i = 0; i < count; ++i) {
    Measurement measurement{i, i * 0.5};
    co_yield measurement;
  }
}

void add_measurements(ngo::App& app) {
  app.get("/measurements/{count}", [](int count) { return measurements(count); });
}
// [/rows]

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

void add_responses(ngo::App& app, ngo::EventHub& headlines) {
  add_files(app);
  add_events(app);
  add_headlines(app, headlines);
  add_measurements(app);
  if (access("web", R_OK) == 0) add_directories(app);
}
