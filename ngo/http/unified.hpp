// The original's body for everything, `{"code": 0, "message": "...", "data": ...}`, with its codes. A handler
// returns Unified<T>:
//
//   app.get("/accounts/{id}", [](std::int64_t id) -> ngo::Unified<Account> {
//     if (id > 100) return ngo::unified::fail(ngo::UnifiedCode::resource_not_exist);
//     return ngo::unified::success(Account{id, "Ada"});
//   });
//
// With `httpServer.errorBody: unified` the errors of the server and of handlers have this shape, too; without
// it they are problem+json. What happened inside never goes to the client (the original put it into `data`).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/http/endpoint.hpp"
#include "ngo/http/problem.hpp"

namespace ngo {

enum class UnifiedCode : int {
  success = 0,
  system_error = 1000000,
  db_error = 1000001,
  cache_error = 1000002,
  third_service_error = 1000003,
  params_lost = 1000100,
  params_not_valid = 1000101,
  resource_not_exist = 1000102,
  data_out_of_threshold = 1000103,
  frequent_operation = 1000104,
  repeat_operation = 1000105,
  illegal_request = 1000106,
  data_has_exists = 1000107,
  permission_denied = 1000108,
  anti_cheating = 1000109,
  unsupported_client = 1000110,
  unsupported_os = 1000111,
  account_frozen = 1000200,
  account_lock = 1000201,
  token_error = 1000202,
};

template <class T>
struct Unified {
  int code = 0;
  std::string message;
  std::optional<T> data;
};

namespace unified {

// The original's table: what a code is answered with. One that is not in it is the service's own and answered
// with 200, but those from 1000000 to 1000999 are the table's: 500. The message is then that of system_error.
[[nodiscard]] int status_of(int code) noexcept;
[[nodiscard]] std::string_view message_of(int code) noexcept;
// The code that an error of the server's own goes by.
[[nodiscard]] UnifiedCode code_of_status(int status) noexcept;

// A body without data, which becomes a Unified of any type.
class Bare {
 public:
  Bare(int code, std::string message) : code_(code), message_(std::move(message)) {}
  template <class T>
  operator Unified<T>() const {  // NOLINT(google-explicit-constructor): so that a handler can return it
    return Unified<T>{code_, message_, std::nullopt};
  }
  [[nodiscard]] int code() const noexcept { return code_; }
  void render(Response& response) const;

 private:
  int code_;
  std::string message_;
};

template <class T>
[[nodiscard]] Unified<T> success(T data) {
  return Unified<T>{0, std::string(message_of(0)), std::move(data)};
}
[[nodiscard]] Bare success();
// With the table's status and message.
[[nodiscard]] Bare fail(UnifiedCode code);
// A code of the service's own: answered with 200, as the original does.
[[nodiscard]] Bare fail(int code, std::string message);

}  // namespace unified

// The same as an exception, from wherever the failure is found. The cause, for the log alone, goes behind.
class UnifiedError : public http::StatusError {
 public:
  explicit UnifiedError(UnifiedCode code, std::string cause = {});
  [[nodiscard]] UnifiedCode unified_code() const noexcept { return code_; }
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }

 private:
  UnifiedCode code_;
  std::string cause_;
};

namespace http {

template <class T>
struct Result<Unified<T>> {
  static void render(const Unified<T>& body, Response& response) {
    response.status(unified::status_of(body.code)).set_json(type_of<Unified<T>>(), &body);
  }
};
template <>
struct Result<unified::Bare> {
  static void render(const unified::Bare& body, Response& response) { body.render(response); }
};

// Makes a problem body a unified one of the same status; nothing is done to other responses.
void unify(Response& response);

}  // namespace http
}  // namespace ngo
