// A service as a user writes it, built outside of the project's tree.
#include <ngo/app.hpp>

struct Greeting {
  std::string text;
};

int main(int argc, char** argv) {
  ngo::App app(argc, argv);
  app.get("/greetings/{name}", [](std::string name) { return Greeting{"hello " + name}; });
  app.get("/later", []() -> ngo::Task<Greeting> {
    co_await ngo::sleep(std::chrono::milliseconds(1));
    co_return Greeting{"later"};
  });
  return app.run();
}
