// What failed, as an exception. What can be expected (a missing key, a lost compare-and-set) is a return
// value instead and never comes here. One table maps a Code to HTTP, to gRPC and to "may be retried".
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo {

// The canonical codes, after google.rpc.Code, less those that a back-end service never tells apart.
enum class Code : std::uint8_t {
  invalid_argument,
  not_found,
  already_exists,
  permission_denied,
  unauthenticated,
  resource_exhausted,
  aborted,
  unavailable,
  deadline_exceeded,
  cancelled,
  unimplemented,
  internal,
};

// The code's name as it is written, for example "not_found".
[[nodiscard]] std::string_view to_string(Code code) noexcept;
// The code of that name; nothing when no code is called so.
[[nodiscard]] std::optional<Code> code_from_string(std::string_view name) noexcept;
// 400, 404, 409, ... : the status that an HTTP server answers with.
[[nodiscard]] int http_status(Code code) noexcept;
// The number of google.rpc.Code.
[[nodiscard]] int grpc_status(Code code) noexcept;
// Whether the same call may succeed when it is simply made again later.
[[nodiscard]] bool may_retry(Code code) noexcept;

// A failure. `message` is for the operator and goes to the log; over the network a client sees it only for
// codes below 500 (see http/problem.hpp). Fields add what is worth searching for. Copyable, cheap to move.
class Error : public std::exception {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] const Fields& fields() const noexcept { return fields_; }

  // Adds a field and returns the error, so that it can be thrown in one expression.
  Error&& with(std::string name, std::string value) &&;
  Error& with(std::string name, std::string value) &;

 private:
  Code code_;
  std::string message_;
  Fields fields_;
};

}  // namespace ngo
