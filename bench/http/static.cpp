// A directory of files, for ./dev bench static: bench_static DIRECTORY --set httpServer.port=...
#include <ngo/app.hpp>

#include <string>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string directory = argv[1];
  argv[1] = argv[0];
  ngo::App app(argc - 1, argv + 1, {.name = "static"});
  app.static_files("/", directory);
  return app.run();
}
