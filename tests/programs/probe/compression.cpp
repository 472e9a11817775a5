#include <string>

#include <ngo/runtime/sync.hpp>

#include "probe.hpp"

namespace probe {
namespace {

std::string lines(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i) + "\n";
  text.resize(size);
  return text;
}

thread_local ngo::Event go;

struct Note {
  std::string text;
};

}  // namespace

// Everything here may be compressed, whatever the configuration says.
void add_compression(ngo::Routes& routes) {
  ngo::Routes& group = routes.group("/compressed");
  group.get("/text/{size}", [](std::size_t size) { return lines(size); }).compress(true);
  group.get("/task/{size}", [](std::size_t size) -> ngo::Task<std::string> { co_return lines(size); })
      .compress(true);
  group.get("/plain/{size}", [](std::size_t size) { return lines(size); }).compress(false);
  group
      .get("/typed/{size}",
           [](std::size_t size, ngo::Request& request) {
             ngo::Response response(200, lines(size));
             response.content_type(std::string(request.header("X-Type").value_or("text/plain")));
             response.header("ETag", "\"tag\"");
             if (auto control = request.header("X-Control"))
               response.header("Cache-Control", std::string(*control));
             if (auto coding = request.header("X-Coding"))
               response.header("Content-Encoding", std::string(*coding));
             return response;
           })
      .compress(true);
  // Sends a line at each turn of the client: it goes on when "/compressed/go" is asked.
  group.get("/go", [] {
    go.set();
    go.reset();
  });
  group
      .get("/stream",
           [] {
             return ngo::Response::streamed(
                 [](ngo::BodyWriter& out) -> ngo::Task<void> {
                   co_await out.write("first\n");
                   co_await out.flush();
                   co_await go.wait();
                   co_await out.write(lines(300'000));
                   out.trailer("X-End", "1");
                 },
                 "text/plain");
           })
      .compress(true);
  group.post("/json", [](ngo::Json<Note> note) { return note->text; });
  group.post("/size", [](ngo::Body body) -> ngo::Task<std::string> {
    std::size_t size = 0;
    while (auto piece = co_await body.next()) size += piece->size();
    co_return std::to_string(size);
  });
  group.post("/ignored", [] { return "ignored"; });
}

}  // namespace probe
