#include <cstdlib>
#include <memory>
#include <string>

#include "probe.hpp"

namespace probe {

// Files of the folder that PROBE_FILES names.
void add_files(ngo::Routes& routes) {
  const char* folder = std::getenv("PROBE_FILES");
  if (folder == nullptr) return;
  std::string root = folder;
  routes.static_files("/static", root,
                      {.cache_control = "max-age=60", .revalidate = std::chrono::milliseconds(0)});
  routes.static_files("/cached", root);
  routes.static_files("/app", root, {.fallback = "index.html"});
  routes.static_files("/bare", root, {.index = "", .precompressed = false});

  ngo::Routes& files = routes.group("/file");
  files.get("/one/{name}", [root](std::string name) { return ngo::File::beneath(root, name); });
  files.get("/later/{name}",
            [root](std::string name) -> ngo::Task<ngo::File> { co_return ngo::File(root + "/" + name); });
  files.get("/maybe/{name}", [root](std::string name) -> std::optional<ngo::File> {
    if (name == "none") return std::nullopt;
    return ngo::File::beneath(root, name);
  });
  files.get("/save/{name}", [root](std::string name) {
    ngo::File file = ngo::File::beneath(root, "hundred.bin");
    file.attachment(name).content_type("application/pdf").cache_control("no-store");
    return file;
  });
  auto letters = std::make_shared<const std::string>("abcdefghijklmnopqrstuvwxyz");
  files.get("/memory", [letters] {
    ngo::File file = ngo::File::memory(letters, "text/plain");
    file.etag("\"letters\"").last_modified(ngo::SystemTime(std::chrono::seconds(784111777)));
    return file;
  });
  files.get("/large-memory", [] { return ngo::File::memory(std::string(3'000'000, 'm'), "text/plain"); });
  files.post("/posted", [letters] { return ngo::File::memory(letters, "text/plain"); });
}

}  // namespace probe
