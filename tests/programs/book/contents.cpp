// The code of docs/requests.md.
#include <ngo/app.hpp>
#include <ngo/app/jobs.hpp>
#include <ngo/http/unified.hpp>

struct Visit {
  int count = 0;
};

// [form]
struct Signup {
  std::string name;
  int seats = 1;
  std::vector<std::string> topic;
  static constexpr auto rules =
      ngo::rules(ngo::length<&Signup::name>(1, 50), ngo::range<&Signup::seats>(1, 9));
};

Signup sign_up(ngo::Form<Signup> form) { return *form; }
// [/form]

struct Stored {
  std::string album;
  std::uint64_t bytes = 0;
};

// [upload]
ngo::Task<Stored> store(ngo::Multipart upload) {
  Stored stored;
  while (ngo::Part* part = co_await upload.next()) {
    if (part->name() == "album") {
      stored.album = co_await part->text();
    } else if (part->is_file()) {
      ngo::KeptPart kept = co_await part->keep();
      stored.bytes += kept.size();  // or: co_await kept.move_to("/srv/photos/" + part->safe_file_name());
    }
  }
  co_return stored;
}
// [/upload]

struct Seat {
  int number = 0;
};

struct Imported {
  int lines = 0;
};

void add_contents(ngo::App& app) {
  // [jobs]
  ngo::add_job_routes(app);  // GET and DELETE /jobs/{id}
  app.post("/imports/{lines}", [](int lines, ngo::Jobs& jobs) {
    return jobs.start("import", [lines](ngo::Progress& progress) -> ngo::Task<Imported> {
      for (int line = 0; line < lines; ++line) {
        co_await ngo::sleep(std::chrono::milliseconds(1));  // reads and stores one
        progress.set(static_cast<double>(line) / lines, "importing");
      }
      co_return Imported{lines};
    });
  });
  // [/jobs]

  // [unified]
  app.get("/seats/{number}", [](int number) -> ngo::Unified<Seat> {
    if (number > 500) return ngo::unified::fail(ngo::UnifiedCode::resource_not_exist);
    return ngo::unified::success(Seat{number});
  });
  // [/unified]

  // [cookies]
  app.get("/visits", [](std::optional<ngo::Cookie<"visits", int>> visits) {
    const int count = visits ? **visits + 1 : 1;
    ngo::SetCookie cookie("visits", std::to_string(count));
    cookie.max_age = std::chrono::hours(24 * 30);
    ngo::Response response = ngo::Response::json(Visit{count});
    response.set_cookie(cookie);
    return response;
  });
  // [/cookies]

  app.post("/signup", sign_up);
  app.post("/photos", store).max_body(std::size_t{1} << 30);

  // [negotiated]
  app.get("/visitors", [](const ngo::Request& request) {
    const std::string_view type = request.negotiate({"application/json", "text/csv"});
    ngo::Response response(200, type == "text/csv" ? "name\nAda\n" : R"([{"name":"Ada"}])");
    response.content_type(std::string(type)).header("Vary", "Accept");
    return response;
  });
  // [/negotiated]
}
