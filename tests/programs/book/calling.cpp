// The code of docs/http-client.md. The page's service calls itself, so that its code can run in a test.
#include <ngo/app.hpp>
#include <ngo/app/http_client.hpp>

using namespace std::chrono_literals;

namespace {

struct Price {
  std::string article;
  std::int64_t cents = 0;
};

struct Offer {
  Price price;
  std::string from;
};

// [parameter]
ngo::Task<Offer> offer(std::string article, ngo::Http<"prices"> prices) {
  auto price = co_await prices.get("/prices/{article}", article).query("currency", "EUR").as<Price>();
  co_return Offer{price, "prices"};
}
// [/parameter]

// [response]
ngo::Task<std::string> look(ngo::Http<"prices"> prices) {
  auto response = co_await prices.get("/prices/{article}", "none").header("X-Tenant", "acme").timeout(2s);
  if (response.status() == 404) co_return "there is no such article";
  co_return std::string(response.header("content-type").value_or("of no type")) + ": " + response.text();
}
// [/response]

// [bodies]
ngo::Task<Price> change(ngo::Http<"prices"> prices) {
  Price price{"tea", 350};
  co_await prices.put("/prices/{article}", price.article).json(price).as<void>();
  co_await prices.post("/orders").form("article", price.article).form("count", 2).as<void>();
  co_return price;
}
// [/bodies]

// [stream]
ngo::Task<std::uint64_t> measure(ngo::Http<"prices"> prices) {
  auto numbers = [](ngo::BodyWriter& writer) -> ngo::Task<void> {
    for (int i = 0; i < 1000; ++i) co_await writer.write(std::to_string(i) + "\n");
  };
  ngo::HttpStream back = co_await prices.post("/mirror").body(numbers, "text/plain").stream();
  std::uint64_t bytes = 0;
  while (auto piece = co_await back.next()) bytes += piece->size();
  co_return bytes;
}
// [/stream]

// [degrade]
ngo::Task<Price> price_or_guess(ngo::Http<"prices"> prices) {
  auto guess = [](const ngo::Error&) { return Price{"tea", 300}; };
  co_return co_await prices.get("/broken").timeout(500ms).degrade(guess).as<Price>();
}
// [/degrade]

// [errors]
ngo::Task<std::string> try_it(ngo::Http<"prices"> prices) {
  std::string why;
  try {
    (void)co_await prices.get("/prices/{article}", "none").as<Price>();
  } catch (const ngo::HttpError& error) {
    why = std::to_string(error.status());  // the message names method, URL, status and the body's first bytes
  }
  co_return why;
}
// [/errors]

}  // namespace

void add_calling(ngo::App& app) {
  app.get("/prices/{article}", [](std::string article) {
    if (article == "none") throw ngo::Error(ngo::Code::not_found, "no such article");
    return Price{article, 325};
  });
  app.put("/prices/{article}", [](std::string, ngo::Json<Price> price) { return *price; });
  app.post("/orders", [](ngo::Request&) { return ngo::Response(201); });
  app.post("/mirror", [](ngo::Body body) -> ngo::Task<std::string> { return body.text(); });
  app.get("/broken", []() -> ngo::Response { return ngo::Response(503); });

  app.get("/offers/{article}", offer);
  app.get("/calls/look", look);
  app.get("/calls/change", change);
  app.get("/calls/measure", [](ngo::Http<"prices"> prices) -> ngo::Task<std::string> {
    co_return std::to_string(co_await measure(prices));
  });
  app.get("/calls/degrade", price_or_guess);
  app.get("/calls/errors", try_it);
}

// [value]
// A program that is no service: a loop, a client, a call.
std::string fetch(const std::string& url) {
  ngo::EventLoop loop;
  ngo::HttpClientOptions options;
  options.timeout = 5s;
  ngo::HttpClient http(options);
  return loop.block_on(http.get(url).as<std::string>());
}
// [/value]
