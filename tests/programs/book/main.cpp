// The code of docs/getting-started.md, docs/http-server.md and docs/middleware.md, as a program that runs.
// test_book.py sees to it that the pages quote it, and that it does what they say.
#include <cstdio>
#include <ngo/app.hpp>
#include <ngo/http/controller.hpp>
#include <ngo/runtime/blocking.hpp>
#include <ngo/runtime/generator.hpp>
#include <ngo/runtime/wait.hpp>

#include <atomic>
#include <fstream>

#include "responses.hpp"

using namespace std::chrono_literals;

// ---- getting started

struct Greeting {
  std::string text;
  int length = 0;
};

// [guest]
struct Guest {
  std::string name;
  int age = 0;
  static constexpr auto rules = ngo::rules(ngo::length<&Guest::name>(1, 50), ngo::range<&Guest::age>(0, 150));
};
// [/guest]

void add_greetings(ngo::App& app) {
  // [greeting]
  app.get("/hello/{name}",
          [](std::string name) { return Greeting{"Hello, " + name, static_cast<int>(name.size())}; });
  // [/greeting]

  // [guests]
  app.post("/guests", [](ngo::Json<Guest> guest) { return ngo::Created(*guest, "/guests/{}", guest->name); });
  // [/guests]
}

// ---- parameters

enum class Order { newest, oldest };

// [paging]
struct Paging {
  int page = 1;
  int size = 20;
  Order order = Order::newest;
  std::vector<std::string> tag;
  static constexpr auto rules =
      ngo::rules(ngo::range<&Paging::page>(1, 1000), ngo::range<&Paging::size>(1, 100));
};
// [/paging]

struct Report {
  std::string owner;
  int page = 1;
  std::size_t tags = 0;
};

void add_parameters(ngo::App& app) {
  // [parameters]
  app.get("/users/{user}/reports/{number}", [](std::string_view user, std::int64_t number,
                                               ngo::Query<Paging> paging,
                                               std::optional<ngo::Header<"X-Tenant">> tenant) {
    Report report;
    report.owner =
        std::string(user) + "#" + std::to_string(number) + (tenant ? std::string("@").append(**tenant) : "");
    report.page = paging->page;
    report.tags = paging->tag.size();
    return report;
  });
  // [/parameters]
}

// ---- results and errors

struct Account {
  std::int64_t id = 0;
  std::string owner;
};

std::optional<Account> find_account(std::int64_t id) {
  if (id > 100) return std::nullopt;
  return Account{id, "Ada"};
}

void add_results(ngo::App& app) {
  // [optional]
  app.get("/accounts/{id}", [](std::int64_t id) { return find_account(id); });  // nothing: 404
  // [/optional]

  // [error]
  app.del("/accounts/{id}", [](std::int64_t id) {
    if (id == 1) throw ngo::Error(ngo::Code::permission_denied, "the first account stays");
    return ngo::NoContent();
  });
  // [/error]

  app.get("/old-accounts/{id}",
          [](std::int64_t id) { return ngo::Redirect("/accounts/" + std::to_string(id), 308); });

  // [response]
  app.get("/report.csv", [] {
    ngo::Response response(200, "id,owner\n1,Ada\n");
    response.content_type("text/csv").header("Content-Disposition", "attachment");
    return response;
  });
  // [/response]
}

// ---- waiting

void add_waits(ngo::App& app) {
  // [later]
  app.get("/later", []() -> ngo::Task<std::string> {
    co_await ngo::sleep(20ms);
    co_return "here it is";
  });
  // [/later]

  // [hosts]
  app.get("/hosts", []() -> ngo::Task<std::string> {
    co_return co_await ngo::blocking([] {
      std::ifstream file("/etc/hostname");
      std::string name;
      std::getline(file, name);
      return name;
    });
  });
  // [/hosts]

  // [patient]
  app.get("/patient",
          []() -> ngo::Task<std::string> {
            co_await ngo::sleep(10min);
            co_return "at last";
          })
      .timeout(100ms);
  // [/patient]
}

// ---- streams

struct Size {
  std::uint64_t bytes = 0;
};

void add_streams(ngo::App& app) {
  // [measure]
  app.post("/measure",
           [](ngo::Body body) -> ngo::Task<Size> {
             Size size;
             while (auto piece = co_await body.next()) size.bytes += piece->size();
             co_return size;
           })
      .max_body(std::size_t{1} << 30);
  // [/measure]

  // [countdown]
  app.get("/countdown/{from}", [](int from) {
    auto count = [from](ngo::BodyWriter& out) -> ngo::Task<void> {
      for (int number = from; number > 0; --number) {
        co_await out.write(std::to_string(number) + "\n");
        co_await out.flush();
        co_await ngo::sleep(1ms);
      }
      out.trailer("X-Count", std::to_string(from));
    };
    return ngo::Response::streamed(count, "text/plain");
  });
  // [/countdown]
}

// ---- groups and middleware

// [middleware]
ngo::Task<ngo::Response> only_with_key(ngo::Request& request, ngo::Next next) {
  if (request.header("X-Key") != "open sesame") co_return ngo::Response(401, "a key is missing");
  ngo::Response response = co_await next();
  response.header("Cache-Control", "private");
  co_return response;
}
// [/middleware]

void add_admin(ngo::App& app) {
  // [group]
  ngo::Routes& admin = app.group("/admin");
  admin.use(only_with_key);
  admin.get("/secrets", [] { return "the answer is 42"; });
  admin.get("/files/{path...}", [](std::string path) { return "would read " + path; });
  // [/group]
}

// ---- modules and hooks

// [counter]
struct CounterOptions {
  std::int64_t start = 0;
};

class Counter {
 public:
  using Options = CounterOptions;
  static constexpr std::string_view kSection = "counter";
  static ngo::Task<std::unique_ptr<Counter>> open(Options options, ngo::Setup&) {
    co_return std::make_unique<Counter>(options.start);
  }

  explicit Counter(std::int64_t start) : value_(start) {}
  std::int64_t next() { return ++value_; }

 private:
  std::atomic<std::int64_t> value_;  // shared by all workers
};

struct Ticket {
  std::int64_t number = 0;
};
// [/counter]

void add_tickets(ngo::App& app) {
  // [tickets]
  app.post("/tickets", [](Counter& counter) { return Ticket{counter.next()}; });
  // [/tickets]

  app.after_start([]() -> ngo::Task<void> {
    co_await ngo::sleep(1ms);  // whatever has to be there before the service is ready
  });
}

// ---- the built-in steps

// [controller]
class Shelf {
 public:
  std::vector<std::string> get_titles() const { return {"Dune", "Emma"}; }
  ngo::Task<ngo::Accepted<Guest>> post_reader(ngo::Json<Guest> guest) { co_return ngo::Accepted(*guest); }
};
// [/controller]

void add_steps(ngo::App& app) {
  // [controllers]
  ngo::controller<&Shelf::get_titles, &Shelf::post_reader>(app, "/shelf", Shelf());
  // [/controllers]

  // [switches]
  ngo::Routes& internal = app.group("/internal");
  internal.without(ngo::Step::access_log, ngo::Step::cors).max_body(1024).timeout(1s);
  internal.get("/ping", [] { return "pong"; });
  // [/switches]

  // [timeout]
  ngo::Timeout late;
  late.limit = 20ms;
  late.http_code = 503;
  late.message = R"({"code": -1, "msg": "too late"})";
  late.callback = [](const ngo::Request& request) { ngo::log::warn("{} took too long", request.path()); };
  app.get("/late",
          []() -> ngo::Task<std::string> {
            co_await ngo::sleep(1h);  // ends by itself when the time is over
            co_return "never";
          })
      .timeout(std::move(late));
  // [/timeout]

  // [timing]
  app.get("/timed", [](ngo::Request& request) {
    request.add_timing("db", 1500us, "two rows");
    return "request " + std::string(request.id());
  });
  // [/timing]

  // [maintenance]
  app.post("/admin/upgrade", [&app] {
    app.maintenance().begin(10min);  // Retry-After: 600
    return ngo::NoContent();
  });
  // [/maintenance]
}

void add_contents(ngo::App& app);    // contents.cpp
void add_calling(ngo::App& app);     // calling.cpp
void add_resilience(ngo::App& app);  // resilience.cpp
void add_tls(ngo::App& app);         // tls.cpp
void add_metrics(ngo::App& app);     // metrics.cpp
std::string fetch(const std::string& url);

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "fetch") {
    std::puts(fetch(argv[2]).c_str());
    return 0;
  }
  ngo::App app(argc, argv,
               {.name = "book", .default_config = "counter: { start: 1000 }\nsupplier: { connections: 2 }"});
  add_greetings(app);
  add_parameters(app);
  add_results(app);
  add_waits(app);
  add_streams(app);
  ngo::EventHub headlines;
  add_responses(app, headlines);
  add_admin(app);
  add_tickets(app);
  add_contents(app);
  add_calling(app);
  add_resilience(app);
  add_tls(app);
  add_metrics(app);
  add_steps(app);
  return app.run();
}
