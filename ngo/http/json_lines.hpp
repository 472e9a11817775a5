// Many values, one by one: a handler that returns a Generator<T> of plain structs is answered as JSON lines
// (application/x-ndjson, one value a line) or, for clients whose Accept likes application/json better, as a
// JSON array. Return JsonLines<T> where it is always to be lines.
//
// A value leaves at the end of the turn in which it came, together with all others of that turn. A failure in
// the middle breaks the connection off, so that no client takes a part for the whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/codec/json.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/runtime/generator.hpp"

namespace ngo {

template <class T>
class JsonLines {
 public:
  explicit JsonLines(Generator<T> values) : values_(std::move(values)) {}

 private:
  friend struct http::Result<JsonLines<T>>;
  Generator<T> values_;
};

namespace http {

enum class JsonForm : std::uint8_t { lines, array };

// By the request's Accept; lines when it does not care.
[[nodiscard]] JsonForm choose_json_form(const Request& request);

// Appends the next value; false at the end.
using NextValue = std::function<Task<bool>(std::string& out)>;
void stream_values(NextValue next, JsonForm form, Response& response);

template <class T>
struct GeneratorWriter {
  static Task<bool> next(std::shared_ptr<Generator<T>> values, std::string& out) {
    T* value = co_await values->next();
    if (value == nullptr) co_return false;
    json::write(out, type_of<T>(), value);
    co_return true;
  }
};

template <class T>
void stream_generator(Generator<T>&& values, JsonForm form, Response& response) {
  auto shared = std::make_shared<Generator<T>>(std::move(values));
  stream_values([shared](std::string& out) { return GeneratorWriter<T>::next(shared, out); }, form, response);
}

template <class T>
struct Result<Generator<T>> {
  static Task<void> render(Generator<T> values, Request& request, Response& response) {
    stream_generator(std::move(values), choose_json_form(request), response);
    co_return;
  }
};

template <class T>
struct Result<JsonLines<T>> {
  static void render(JsonLines<T>&& lines, Response& response) {
    stream_generator(std::move(lines.values_), JsonForm::lines, response);
  }
};

}  // namespace http
}  // namespace ngo
