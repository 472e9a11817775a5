// Answers every request with the body that it brought, piece by piece, so that a body of any size passes
// through little memory. `/inspect` shows instead what arrived: method, path, query and headers as JSON.
#include <ngo/app.hpp>

namespace {

using ngo::http::Method;

struct Field {
  std::string name;
  std::string value;
};

struct Inspection {
  std::string method;
  std::string target;
  std::string path;
  std::string query;
  std::string host;
  int minor_version = 1;
  std::vector<Field> headers;  // as they came: their order and repetitions count
};

// Names and values may be any bytes above 0x7f; JSON is UTF-8. They are shown as Latin-1, which loses
// nothing.
std::string utf8(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) {
    auto code = static_cast<unsigned char>(byte);
    if (code < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xc0U | code >> 6U);
      text += static_cast<char>(0x80U | (code & 0x3fU));
    }
  }
  return text;
}

Inspection inspect(ngo::Request& request) {
  Inspection seen;
  seen.method = request.method_name();
  seen.target = request.target();
  seen.path = request.path();
  seen.query = request.query();
  seen.host = request.host();
  seen.minor_version = request.minor_version();
  for (std::size_t i = 0; i < request.header_count(); ++i) {
    auto [name, value] = request.header_at(i);
    seen.headers.push_back(Field{std::string(name), utf8(value)});
  }
  return seen;
}

// A body that ends soon is sent back with its length; a longer one goes out while it still comes in.
ngo::Task<ngo::Response> echo(ngo::Body body) {
  constexpr std::size_t kSoon = 64 * 1024;
  std::string first;
  bool complete = false;
  while (!complete && first.size() < kSoon) {
    std::optional<std::string_view> piece = co_await body.next();
    if (piece) first += *piece;
    complete = !piece;
  }
  if (complete) co_return ngo::Response().body(std::move(first));

  auto pass_on = [first = std::move(first), body](ngo::BodyWriter& out) mutable -> ngo::Task<void> {
    co_await out.write(first);
    while (std::optional<std::string_view> piece = co_await body.next()) co_await out.write(*piece);
  };
  co_return ngo::Response::streamed(std::move(pass_on), "application/octet-stream");
}

}  // namespace

int main(int argc, char** argv) {
  ngo::App app(argc, argv, {.name = "echo"});
  for (std::size_t i = 0; i < ngo::http::kMethodCount; ++i) {
    auto method = static_cast<Method>(i);
    app.route(method, "/{path...}", [](std::string_view, ngo::Body body) { return echo(body); });
    app.route(method, "/inspect", inspect);
  }
  return app.run();
}
