// Calling HTTP servers.
//
//   HttpClient http;                                        // or Http<"users"> as a handler's parameter
//   auto user = co_await http.get("http://users/{id}", id).as<User>();
//   auto made = co_await http.post("http://users/").json(user).timeout(2s);
//
// A call is built by what it is asked for, and runs when it is awaited, once. The Context's deadline shortens
// all of its limits of time and is sent along. Connections are kept for each worker and used again when the
// response was read to its end. docs/http-client.md
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ngo/http/client/options.hpp"
#include "ngo/http/client/response.hpp"
#include "ngo/http/client/url.hpp"
#include "ngo/http/method.hpp"
#include "ngo/http/response.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class HttpMultipart;
class RetryBudget;
namespace net {
class PoolView;
class Resolver;
}  // namespace net
namespace http {
class UpstreamSource;
template <class T>
inline constexpr bool kIsTask = false;
template <class T>
inline constexpr bool kIsTask<Task<T>> = true;
}  // namespace http

// One call that is being built. Every function gives back the call itself, to go on with. Mistakes (a header
// with a line break, a URL that is none) throw Error{invalid_argument} at once.
class [[nodiscard]] HttpCall {
  class Running {
   public:
    explicit Running(Task<HttpResponse> task) noexcept
        : task_(std::move(task)), awaiter_(std::move(task_).operator co_await()) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      return awaiter_.await_suspend(awaiting);
    }
    HttpResponse await_resume() const { return awaiter_.await_resume(); }

   private:
    Task<HttpResponse> task_;
    Task<HttpResponse>::Awaiter awaiter_;
  };

 public:
  using Stream = std::function<Task<void>(BodyWriter&)>;

  HttpCall(HttpCall&&) noexcept = default;
  HttpCall& operator=(HttpCall&&) noexcept = default;

  // Adds a parameter to the query, percent-encoded.
  HttpCall&& query(std::string_view name, const UrlArgument& value);
  // Adds a header, or sets it where only one may be. Framing headers are the client's business and refused.
  HttpCall&& header(std::string_view name, std::string_view value);
  HttpCall&& basic_auth(std::string_view user, std::string_view password);
  HttpCall&& bearer(std::string_view token);

  // ---- what is sent; the last one wins
  HttpCall&& body(std::string bytes, std::string_view content_type = "application/octet-stream");
  template <class T>
  HttpCall&& json(const T& value) {
    return set_json(type_of<T>(), &value);
  }
  // A field of a form (application/x-www-form-urlencoded); call it once for each.
  HttpCall&& form(std::string_view name, const UrlArgument& value);
  // A body that `stream` writes when the head has been sent; chunked, unless its length is known. Called
  // again when the request is sent again.
  HttpCall&& body(Stream stream, std::string_view content_type, std::optional<std::uint64_t> length = {});

  // A form with files (multipart_body.hpp).
  HttpCall&& multipart(HttpMultipart form);

  // ---- how it is called
  // For the whole call, with redirects and retries; zero: none.
  HttpCall&& timeout(Duration limit);
  // From the request's last byte to the response's head; zero: none.
  HttpCall&& response_timeout(Duration limit);
  // Without any progress in receiving; zero: none.
  HttpCall&& read_timeout(Duration limit);
  // The call may be repeated when it failed, whatever its method.
  HttpCall&& idempotent();
  // Tries, the first one among them; 1: no retries.
  HttpCall&& attempts(unsigned most);
  [[nodiscard]] unsigned most_attempts() const noexcept;
  HttpCall&& redirects(unsigned most);
  HttpCall&& max_body(std::uint64_t bytes);
  // The response comes as it was sent.
  HttpCall&& no_decompression();

  // What to give back instead when the call fails, when the answer is 429 or 5xx, and when the server says
  // that it answers less than it could (X-Downgrade-Status). `fallback(why)` returns an HttpResponse, or a
  // value that becomes JSON, or a Task of either.
  template <class F>
  HttpCall&& degrade(F fallback) {
    return set_fallback(to_fallback(std::move(fallback)));
  }
  // The call passes the client's circuit breaker of that name, whose rule is `httpClient.breaker`, instead of
  // its host's. What fails and what is answered with 5xx counts against it. While it is open nothing is sent:
  // `fallback` stands in, else degrade()'s, else the call throws Error{unavailable}.
  HttpCall&& circuit_breaker(std::string resource);
  template <class F>
  HttpCall&& circuit_breaker(std::string resource, F fallback) {
    return set_breaker(std::move(resource), to_fallback(std::move(fallback)));
  }

  // ---- running it: `co_await call` gives the HttpResponse
  auto operator co_await() && -> Running { return Running(send()); }
  [[nodiscard]] Task<HttpResponse> send();
  // The body of a success as T. Throws HttpError for another status.
  template <class T>
  [[nodiscard]] Task<T> as() {
    return as_task<T>(send());
  }
  // The same call once more. A body that a function writes is written by the same function.
  [[nodiscard]] HttpCall again() const;
  // With the body still to be read. The call's timeout ends with the head.
  [[nodiscard]] Task<HttpStream> stream();

 private:
  friend class HttpClient;
  friend class HttpEvents;

  using Fallback = std::function<Task<HttpResponse>(const Error&)>;
  explicit HttpCall(http::ClientExchangePointer exchange) noexcept : exchange_(std::move(exchange)) {}
  template <class T>
  static Task<T> as_task(Task<HttpResponse> task) {
    HttpResponse response = co_await std::move(task);
    co_return response.as<T>();
  }
  static Task<HttpStream> stream_task(Task<HttpResponse> task);
  HttpCall&& set_json(const Type& type, const void* value);
  HttpCall&& set_fallback(Fallback fallback);
  HttpCall&& set_breaker(std::string resource, Fallback fallback);
  template <class F>
  static Fallback to_fallback(F fallback) {
    return [fallback = std::move(fallback)](const Error& why) -> Task<HttpResponse> {
      using Result = std::invoke_result_t<const F&, const Error&>;
      if constexpr (std::is_same_v<Result, HttpResponse>) {
        co_return fallback(why);
      } else if constexpr (http::kIsTask<Result>) {
        auto value = co_await fallback(why);
        if constexpr (std::is_same_v<decltype(value), HttpResponse>) {
          co_return value;
        } else {
          co_return HttpResponse::json(value);
        }
      } else {
        co_return HttpResponse::json(fallback(why));
      }
    };
  }

  http::ClientExchangePointer exchange_;
};

template <>
inline Task<std::string> HttpCall::as_task<std::string>(Task<HttpResponse> task) {
  HttpResponse response = co_await std::move(task);
  response.require_ok();
  co_return std::move(response).text();
}

// Safe to use from every worker at once. Where several loops have used it, close() comes before its end.
class HttpClient {
 public:
  using Options = HttpClientOptions;

  // Throws Error{invalid_argument} for options that are wrong.
  explicit HttpClient(HttpClientOptions options = {});
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // The URL may have placeholders, "{name}", which take the arguments in their order, percent-encoded. With
  // `baseUrl` it may begin with a slash.
  template <class... A>
  [[nodiscard]] HttpCall get(std::string_view url, const A&... arguments) {
    return call(http::Method::get, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall head(std::string_view url, const A&... arguments) {
    return call(http::Method::head, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall post(std::string_view url, const A&... arguments) {
    return call(http::Method::post, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall put(std::string_view url, const A&... arguments) {
    return call(http::Method::put, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall patch(std::string_view url, const A&... arguments) {
    return call(http::Method::patch, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall del(std::string_view url, const A&... arguments) {
    return call(http::Method::del, url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall call(http::Method method, std::string_view url, const A&... arguments) {
    if constexpr (sizeof...(A) == 0) {
      return begin(method, url, {});
    } else {
      const UrlArgument made[] = {UrlArgument(arguments)...};
      const UrlArgument* pointers[sizeof...(A)];
      for (std::size_t i = 0; i < sizeof...(A); ++i) pointers[i] = &made[i];
      return begin(method, url, pointers);
    }
  }

  // As they were when it was made.
  [[nodiscard]] const HttpClientOptions& options() const noexcept;
  // Takes the members over that are marked live, from any thread; calls that have begun keep their limits.
  void apply(const HttpClientOptions& next);
  // Where each loop's resolver is, instead of one of the client's own; before the first call.
  void set_resolver(std::function<net::Resolver&()> here);
  // Where the servers of a host are, instead of DNS; before the first call.
  void set_upstreams(std::shared_ptr<http::UpstreamSource> source);
  // Counts calls and connections there; before the first call. The registry must outlive the client.
  void set_metrics(Metrics& metrics);
  // False: its calls have no spans and take no trace along, whatever they are made under; before the first
  // call. For those who speak to the back end of telemetry, and for what asks on its own again and again.
  void set_traced(bool traced);
  // The breaker of a resource that calls name, or of a host ("https://users:8443"), made when it is first
  // asked for; to be looked at and set by hand. As long as the client.
  [[nodiscard]] CircuitBreaker& breaker(std::string_view resource);
  // All breakers that there are by now, and the budgets of retries by server. From any thread; they stay as
  // long as the client.
  [[nodiscard]] std::vector<CircuitBreaker*> breakers() const;
  [[nodiscard]] std::vector<std::pair<std::string, RetryBudget*>> retry_budgets() const;
  // Opens connections to the server of `url` on this worker, until it has `connections`, spread over its
  // addresses; of HTTP/2, one to each. Throws what a call would that cannot connect.
  [[nodiscard]] Task<void> warm_up(std::string_view url, std::size_t connections);
  // One for each address of each server that was called. From any thread.
  [[nodiscard]] std::vector<net::PoolView> pools() const;
  // Closes all connections, waiting for calls in flight for up to `limit`. Later calls fail.
  [[nodiscard]] Task<void> close(Duration limit = std::chrono::seconds(1));

  class Impl;

 private:
  [[nodiscard]] HttpCall begin(http::Method method, std::string_view url,
                               std::span<const UrlArgument* const> arguments);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ngo
