// Calls what the tests ask it to: a line of JSON on standard input is one call, the line of JSON that comes
// back says what became of it. The first argument is the client's options, as JSON.
#include <ngo/http/client/client.hpp>
#include <ngo/http/client/download.hpp>
#include <ngo/http/client/events.hpp>
#include <ngo/http/client/multipart_body.hpp>
#include <ngo/http/grpc_client.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/http/method.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

struct Field {
  std::string name;
  std::string value;
};

struct Order {
  std::string method = "GET";
  std::string url;
  std::vector<Field> headers;
  std::vector<Field> query;
  std::vector<Field> form;
  std::optional<std::string> body;
  std::optional<std::uint64_t> body_size;    // so many letters
  std::optional<std::uint64_t> stream_size;  // so many letters, written piece by piece
  std::optional<std::string> trailer;        // x-last, after the stream
  bool announce = false;                     // the stream's length
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::chrono::milliseconds> response_timeout;
  std::optional<std::chrono::milliseconds> read_timeout;
  std::optional<std::chrono::milliseconds> deadline;  // of the caller's Context
  std::optional<std::chrono::milliseconds> pause;     // before the call
  std::optional<std::uint32_t> attempts;
  std::optional<std::uint32_t> redirects;
  std::optional<std::uint64_t> max_body;
  bool idempotent = false;
  bool streamed = false;  // read the response piece by piece
  bool abandon = false;   // and only the first piece
  bool as_text = false;   // success or an error
  bool fallback = false;  // give "instead" when it fails
  bool no_decompression = false;
  std::optional<std::string> download;  // to that file
  std::optional<std::uint32_t> events;  // so many server-sent events
  std::optional<std::uint32_t> lines;   // so many lines of JSON numbers, then the rest
  std::optional<std::string> upload;    // that file, in a form
  std::optional<std::string> grpc;  // "call": `body` as one message; "stream": again and again till it ends
  std::uint32_t times = 1;          // at once; the last one's answer is told
};

struct Outcome {
  int status = 0;
  std::string url;
  std::vector<Field> headers;
  std::string body;
  std::uint64_t body_size = 0;
  std::string protocol;
  std::vector<Field> trailers;
  unsigned attempts = 0;
  unsigned redirects = 0;
  bool degraded = false;
  std::string error;
  std::string code;
  std::int64_t took = 0;  // milliseconds
};

constexpr std::size_t kShown = 100'000;

ngo::Task<void> write_letters(std::uint64_t size, ngo::BodyWriter& writer) {
  const std::string piece(10'000, 'x');
  for (std::uint64_t left = size; left > 0;) {
    const std::uint64_t now = std::min<std::uint64_t>(left, piece.size());
    co_await writer.write(std::string_view(piece).substr(0, now));
    left -= now;
  }
}

void tell(const ngo::HttpResponse& response, Outcome& outcome) {
  outcome.status = response.status();
  outcome.url = response.url().text();
  outcome.protocol = response.protocol();
  outcome.attempts = response.attempts();
  outcome.redirects = response.redirects();
  outcome.degraded = response.degraded();
  for (std::size_t i = 0; i < response.header_count(); ++i) {
    const auto [name, value] = response.header_at(i);
    outcome.headers.push_back(Field{std::string(name), std::string(value)});
  }
}

void tell_trailers(const ngo::HttpResponse& response, Outcome& outcome) {
  for (const auto& [name, value] : response.trailers()) outcome.trailers.push_back(Field{name, value});
}

ngo::HttpCall prepare(ngo::HttpClient& client, const Order& order) {
  ngo::HttpCall call = client.call(ngo::http::method_from_string(order.method), order.url);
  for (const Field& field : order.headers) call.header(field.name, field.value);
  for (const Field& field : order.query) call.query(field.name, field.value);
  for (const Field& field : order.form) call.form(field.name, field.value);
  if (order.body) call.body(*order.body, "text/plain");
  if (order.body_size) call.body(std::string(*order.body_size, 'x'), "text/plain");
  if (order.trailer) call.header("Trailer", "x-last");  // Go's server drops what was not announced
  if (order.stream_size) {
    const std::uint64_t size = *order.stream_size;
    const auto stream = [size, trailer = order.trailer](ngo::BodyWriter& writer) {
      if (trailer) writer.trailer("x-last", *trailer);
      return write_letters(size, writer);
    };
    call.body(stream, "text/plain", order.announce ? order.stream_size : std::nullopt);
  }
  if (order.upload) {
    ngo::HttpMultipart form;
    form.field("album", "Par\"is")
        .file("photo", *order.upload, "image/jpeg")
        .bytes("note", "hello", "note.txt");
    call.multipart(std::move(form));
  }
  if (order.timeout) call.timeout(*order.timeout);
  if (order.response_timeout) call.response_timeout(*order.response_timeout);
  if (order.read_timeout) call.read_timeout(*order.read_timeout);
  if (order.attempts) call.attempts(*order.attempts);
  if (order.redirects) call.redirects(*order.redirects);
  if (order.max_body) call.max_body(*order.max_body);
  if (order.idempotent) call.idempotent();
  if (order.no_decompression) call.no_decompression();
  if (order.fallback) call.degrade([](const ngo::Error&) { return ngo::HttpResponse(200, "instead"); });
  return call;
}

ngo::Task<void> repeat_message(const std::string& message, ngo::BodyWriter& writer) {
  std::string framed;
  ngo::http::GrpcClient::frame(message, framed);
  while (true) {
    co_await writer.write(framed);
    co_await writer.flush();
    co_await ngo::sleep(std::chrono::milliseconds(20));
  }
}

// The status and the error are gRPC's.
ngo::Task<void> call_grpc(const Order& order, Outcome& outcome) {
  constexpr std::string_view kScheme = "http://";
  const std::size_t path = order.url.find('/', kScheme.size());
  ngo::http::GrpcOptions options;
  options.url = order.url.substr(0, path);
  options.timeout = order.timeout.value_or(std::chrono::seconds(10));
  ngo::http::GrpcClient client(options);
  const std::string message = order.body.value_or("");
  ngo::http::GrpcReply reply;
  if (*order.grpc == "stream") {
    const auto stream = [&](ngo::BodyWriter& writer) { return repeat_message(message, writer); };
    reply = co_await client.stream(order.url.substr(path), stream);
  } else {
    reply = co_await client.call(order.url.substr(path), message);
  }
  outcome.status = reply.status;
  outcome.error = reply.message;
  outcome.body = reply.answer;
}

ngo::Task<void> run(ngo::HttpClient& client, const Order& order, Outcome& outcome) {
  if (order.grpc) co_return co_await call_grpc(order, outcome);
  if (order.download) {
    const ngo::Download done = co_await ngo::download(prepare(client, order), *order.download);
    outcome.body_size = done.size;
    outcome.attempts = done.requests;
    outcome.body = std::to_string(done.resumed);
    co_return;
  }
  if (order.events) {
    ngo::HttpEvents events(prepare(client, order));
    for (std::uint32_t i = 0; i < *order.events; ++i) {
      const auto event = co_await events.next();
      if (!event) break;
      outcome.body.append(event->event)
          .append("|")
          .append(event->id)
          .append("|")
          .append(event->data)
          .append("\n");
    }
    co_return;
  }
  if (order.lines) {
    ngo::HttpStream response = co_await prepare(client, order).stream();
    std::int64_t sum = 0;
    for (std::uint32_t i = 0; i < *order.lines; ++i) {
      const auto number = co_await response.json_line<std::int64_t>();
      if (!number) break;
      sum += *number;
    }
    outcome.body = std::to_string(sum) + " " + co_await response.rest();
    co_return;
  }
  if (order.as_text) {
    outcome.body = co_await prepare(client, order).as<std::string>();
    co_return;
  }
  if (!order.streamed) {
    ngo::HttpResponse response = co_await prepare(client, order);
    tell(response, outcome);
    tell_trailers(response, outcome);
    outcome.body = std::move(response).text();
    outcome.body_size = outcome.body.size();
    outcome.body.resize(std::min(outcome.body.size(), kShown));
    co_return;
  }
  ngo::HttpStream response = co_await prepare(client, order).stream();
  tell(response, outcome);
  while (auto piece = co_await response.next()) {
    outcome.body_size += piece->size();
    if (outcome.body.size() < kShown) outcome.body += *piece;
    if (order.abandon) break;
  }
  tell_trailers(response, outcome);
}

ngo::Task<void> carry_out(ngo::HttpClient& client, const Order& order, Outcome& outcome) {
  try {
    if (order.deadline) {
      co_await ngo::with_timeout(*order.deadline, run(client, order, outcome));
    } else {
      co_await run(client, order, outcome);
    }
  } catch (const ngo::HttpError& error) {
    outcome.status = error.status();
    outcome.error = error.message();
    outcome.code = ngo::to_string(error.code());
  } catch (const ngo::Error& error) {
    outcome.error = error.message();
    outcome.code = ngo::to_string(error.code());
  }
}

ngo::Task<Outcome> carry_out_all(ngo::HttpClient& client, const Order& order) {
  if (order.pause) co_await ngo::sleep(*order.pause);
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Outcome> outcomes(order.times);
  std::vector<ngo::Task<void>> tasks;
  for (Outcome& outcome : outcomes) tasks.push_back(carry_out(client, order, outcome));
  co_await ngo::when_all(std::move(tasks));
  Outcome last = std::move(outcomes.back());
  for (Outcome& outcome : outcomes) {
    if (!outcome.error.empty()) last = std::move(outcome);
  }
  last.took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
  co_return last;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    ngo::EventLoop loop;
    ngo::HttpClient client(ngo::json::parse<ngo::HttpClientOptions>(argc > 1 ? argv[1] : "{}"));
    std::cout << "{\"ready\":true}" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
      Outcome outcome;
      try {
        outcome = loop.block_on(carry_out_all(client, ngo::json::parse<Order>(line)));
      } catch (const ngo::Error& error) {
        outcome.error = error.message();
        outcome.code = ngo::to_string(error.code());
      }
      std::cout << ngo::json::to_string(outcome) << std::endl;
    }
  } catch (const ngo::Error& error) {
    std::cerr << error.message() << "\n";
    return 1;
  }
  return 0;
}
