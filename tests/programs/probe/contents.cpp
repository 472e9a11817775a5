// What requests bring along: who asks through which proxies, cookies, forms, uploads.
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <ngo/app/jobs.hpp>
#include <ngo/http/unified.hpp>
#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

struct Asker {
  std::string client;
  std::string peer;
  std::string scheme;
};

struct Seen {
  std::string session;
  int page = 0;
};

struct Order {
  std::string customer;
  int quantity = 1;
  std::vector<std::string> tag;
  static constexpr auto rules =
      ngo::rules(ngo::length<&Order::customer>(1, 40), ngo::range<&Order::quantity>(1, 100));
};

struct Received {
  std::string name;
  std::string file;
  std::string type;
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  bool on_disk = false;
  std::string path;
};

struct Folder {
  std::string folder;
};

struct NewCookie {
  std::string name = "sid";
  std::string value = "1";
  std::string path = "/";
  std::string domain;
};

ngo::Task<std::vector<Received>> receive(ngo::Multipart upload) {
  std::vector<Received> all;
  while (ngo::Part* part = co_await upload.next()) {
    Received received;
    received.name = part->name();
    received.file = part->is_file() ? part->safe_file_name() : "";
    received.type = part->content_type();
    while (auto piece = co_await part->next()) {
      received.bytes += piece->size();
      for (char byte : piece->substr(0, 16)) received.sum += static_cast<unsigned char>(byte);
    }
    all.push_back(received);
  }
  co_return all;
}

ngo::Task<std::vector<Received>> save(ngo::Multipart upload, ngo::Query<Folder> folder) {
  std::vector<Received> all;
  while (ngo::Part* part = co_await upload.next()) {
    Received received;
    received.name = part->name();
    received.file = part->safe_file_name();
    received.path = folder->folder + "/" + received.file;
    received.bytes = co_await part->save(received.path);
    all.push_back(received);
  }
  co_return all;
}

ngo::Task<std::vector<Received>> keep(ngo::Multipart upload, ngo::Query<Folder> folder) {
  std::vector<Received> all;
  while (ngo::Part* part = co_await upload.next()) {
    Received received;
    received.name = part->name();
    received.path = folder->folder + "/" + part->safe_file_name();
    ngo::KeptPart kept = co_await part->keep();
    received.bytes = kept.size();
    received.on_disk = kept.is_on_disk();
    if (received.name != "drop") co_await kept.move_to(received.path);
    all.push_back(received);
  }
  co_return all;
}

struct Named {
  std::string name;
};

ngo::Unified<Named> unified(int kind) {
  switch (kind) {
    case 0: return ngo::unified::success(Named{"Ada"});
    case 1: return ngo::unified::fail(ngo::UnifiedCode::resource_not_exist);
    case 2: return ngo::unified::fail(ngo::UnifiedCode::token_error);
    case 3: return ngo::unified::fail(2000001, "sold out");
    case 4: throw ngo::UnifiedError(ngo::UnifiedCode::db_error, "password of 10.0.0.5 refused");
    case 5: throw ngo::Error(ngo::Code::internal, "secret of the inside");
    case 6: throw ngo::Error(ngo::Code::permission_denied, "not you");
    default: return ngo::unified::success();
  }
}

}  // namespace

void add_contents(ngo::App& app) {
  app.get("/client", [](const ngo::Request& request) {
    return Asker{request.client().to_string(), request.peer().host(), std::string(request.scheme())};
  });

  app.get("/cookies", [](ngo::Cookie<"session"> session, std::optional<ngo::Cookie<"page", int>> page) {
    return Seen{std::string(*session), page ? **page : -1};
  });
  app.get("/cookies/set", [](ngo::Query<NewCookie> wanted) {
    ngo::SetCookie cookie(wanted->name, wanted->value);
    cookie.path = wanted->path;
    cookie.domain = wanted->domain;
    ngo::Response response(200, "set");
    response.set_cookie(cookie).set_cookie(ngo::SetCookie("second", "2"));
    return response;
  });

  app.get("/unified/{kind}", unified);
  app.get("/unified", [] { return ngo::unified::fail(ngo::UnifiedCode::illegal_request); });
  app.post("/form", [](ngo::Form<Order> order) { return *order; });
  app.get("/negotiated", [](const ngo::Request& request) {
    ngo::Response response(200, "x");
    response.content_type(std::string(request.negotiate({"application/json", "text/csv"})))
        .header("Vary", "Accept");
    return response;
  });
  app.post("/csv", [](const ngo::Request& request) {
    request.expect_content_type({"text/csv", "text/tab-separated-values"});
    return "taken";
  });
  app.post("/pieces", [](ngo::Body body) -> ngo::Task<std::string> {
    std::uint64_t bytes = 0;
    auto pieces = body.pieces();
    while (std::string_view* piece = co_await pieces.next()) bytes += piece->size();
    co_return std::to_string(bytes);
  });

  ngo::add_job_routes(app);
  app.post("/long/{kind}", [](ngo::Jobs& jobs, int kind) {
    return jobs.start("long", [kind](ngo::Progress& progress) -> ngo::Task<Named> {
      progress.set(0.25, "a quarter");
      if (kind == 1) throw ngo::Error(ngo::Code::invalid_argument, "the third line is no number");
      if (kind == 2) throw std::runtime_error("secret of the inside");
      if (kind == 3) co_await ngo::sleep(std::chrono::hours(1));
      if (kind == 4) co_await ngo::sleep(std::chrono::milliseconds(500));
      ngo::log::info("the long work is over");
      co_return Named{"all of it"};
    });
  });
  app.post("/long/void", [](ngo::Jobs& jobs) {
    return jobs.start("void", [](ngo::Progress&) -> ngo::Task<void> { co_return; });
  });

  constexpr std::size_t kLargest = std::size_t{8} << 30;
  app.post("/upload", receive).max_body(kLargest);
  app.post("/upload/small", receive).max_body(10'000);
  app.post("/upload/save", save).max_body(kLargest);
  app.post("/upload/keep", keep).max_body(kLargest);
  app.post("/upload/text", [](ngo::Multipart upload) -> ngo::Task<std::string> {
    std::string all;
    while (ngo::Part* part = co_await upload.next()) all += co_await part->text() + ";";
    co_return all;
  });
  app.post("/upload/first", [](ngo::Multipart upload) -> ngo::Task<std::string> {
    ngo::Part* part = co_await upload.next();
    co_return part == nullptr ? "none" : std::string(part->name());
  });
  app.post("/upload/count",
           [](ngo::Body body) -> ngo::Task<std::string> {
             std::uint64_t bytes = 0;
             while (auto piece = co_await body.next()) bytes += piece->size();
             co_return std::to_string(bytes);
           })
      .max_body(kLargest);
}

}  // namespace probe
