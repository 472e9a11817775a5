// HTTP clients as modules: one for each name in the section `httpClient`, and a default one that needs no
// section.
//
//   app.get("/users/{id}", [](std::int64_t id, Http<"users"> users) -> Task<User> {
//     return users.get("/{id}", id).as<User>();
//   });
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ngo/app/dns.hpp"
#include "ngo/app/module.hpp"
#include "ngo/http/client/client.hpp"

namespace ngo {

class Setup;

// A client as the application opens and closes it.
class HttpClientModule {
 public:
  using Options = HttpClientOptions;
  static constexpr std::string_view kSection = "httpClient";
  static Task<std::unique_ptr<HttpClientModule>> open(Options options, Setup& setup);
  explicit HttpClientModule(Options options) : client_(std::move(options)) {}
  Task<void> reload(Options next) {
    client_.apply(next);
    co_return;
  }
  Task<void> close() { return client_.close(); }

  [[nodiscard]] HttpClient& client() noexcept { return client_; }

 private:
  HttpClient client_;
};

// A client by its name in the configuration, as a handler's parameter. Cheap to copy.
template <FixedString Name = "default">
class Http {
 public:
  explicit Http(HttpClient& client) noexcept : client_(&client) {}

  // As those of HttpClient.
  template <class... A>
  [[nodiscard]] HttpCall get(std::string_view url, const A&... arguments) const {
    return client_->get(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall head(std::string_view url, const A&... arguments) const {
    return client_->head(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall post(std::string_view url, const A&... arguments) const {
    return client_->post(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall put(std::string_view url, const A&... arguments) const {
    return client_->put(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall patch(std::string_view url, const A&... arguments) const {
    return client_->patch(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall del(std::string_view url, const A&... arguments) const {
    return client_->del(url, arguments...);
  }
  template <class... A>
  [[nodiscard]] HttpCall call(http::Method method, std::string_view url, const A&... arguments) const {
    return client_->call(method, url, arguments...);
  }
  // NOLINTNEXTLINE(google-explicit-constructor): it is that client
  operator HttpClient&() const noexcept { return *client_; }

 private:
  HttpClient* client_;
};

// For other modules: `HttpClient& http = co_await http_client(setup, "users");`
[[nodiscard]] Task<HttpClient&> http_client(Setup& setup, std::string name = "default");

namespace http {

template <FixedString Name>
struct Param<Http<Name>> : Param<Named<HttpClientModule, Name>> {
  void visit(Binder& binder) {
    Param<Named<HttpClientModule, Name>>::visit(binder);
    Param<Dns&>().visit(binder);  // which the client asks for: so the section `dns` is known to be read
  }
  Http<Name> get(Request&) const { return Http<Name>(this->module->client()); }
};

}  // namespace http
}  // namespace ngo
