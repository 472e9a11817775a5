// The ten-line service: a plain function that returns a plain struct.
#include <ngo/app.hpp>

struct Hello {
  int id = 12345;
  std::string title = "hello world";
  std::string author = "someone";
  std::vector<std::string> tags = {"a", "b", "c"};
  bool published = true;
  int n = 1;
};

int main(int argc, char** argv) {
  ngo::App app(argc, argv);
  app.get("/hello", [] { return Hello{}; });
  return app.run();
}
