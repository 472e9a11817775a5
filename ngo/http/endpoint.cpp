#include "ngo/http/endpoint.hpp"

#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/scalar.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/content_type.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/multipart_parser.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

[[noreturn]] void refuse(std::string part, Problem problem, int status) {
  Problems problems;
  problems.push_back(std::move(problem));
  throw ContentError(std::move(part), std::move(problems), status);
}

// Problems of reading are 400, broken rules 422.
int status_of(const Problems& problems) {
  for (const Problem& problem : problems) {
    if (problem.code == "syntax" || problem.code == "encoding" || problem.code == "depth" ||
        problem.code == "size") {
      return status::kBadRequest;
    }
  }
  return status::kUnprocessableContent;
}

// application/json, or any type with the suffix +json; parameters do not matter.
bool is_json(std::string_view media_type) {
  std::string_view type = trim_whitespace(media_type.substr(0, media_type.find(';')));
  if (equals_ignoring_case(type, "application/json")) return true;
  return type.size() > 5 && equals_ignoring_case(type.substr(type.size() - 5), "+json");
}

// The fields of a multipart body as a query string, so that both kinds of form are bound by the same code.
std::string fields_of_multipart(Request& request) {
  const std::string_view content_type = *request.header("Content-Type");
  MultipartParser parser(boundary_of(content_type), request.multipart_limits());
  std::string pairs;
  std::string value;
  std::string_view rest = request.body();
  for (;;) {
    const MultipartParser::Step step = parser.next(rest);
    rest.remove_prefix(step.consumed);
    switch (step.kind) {
      case MultipartParser::Kind::part:
        value.clear();
        if (!parser.part().file_name) break;
        throw StatusError(
            status::kUnsupportedMediaType, Code::invalid_argument,
            "the field " + in_quotes(parser.part().name) + " is a file; this address takes none");
      case MultipartParser::Kind::data: value += step.data; break;
      case MultipartParser::Kind::part_end:
        if (!pairs.empty()) pairs += '&';
        pairs += url::encode_query(parser.part().name) + "=" + url::encode_query(value);
        break;
      case MultipartParser::Kind::done: return pairs;
      case MultipartParser::Kind::error:
        throw StatusError(parser.status(), Code::invalid_argument, parser.reason());
      case MultipartParser::Kind::need_more:
        throw StatusError(status::kBadRequest, Code::invalid_argument,
                          "the multipart body ends before its last boundary");
    }
  }
}

}  // namespace

void read_path_parameter(Request& request, std::size_t index, const Type& type, void* value) {
  Problem problem;
  if (!scalar_from_text(type, value, request.path_parameter(index), problem)) {
    problem.path = "/" + std::string(request.path_parameter_name(index));
    refuse("path", std::move(problem), status::kBadRequest);
  }
}

void read_query(Request& request, const Type& type, void* value) {
  Problems problems;
  if (!query::bind_into(type, value, request.query(), problems)) {
    throw ContentError("query", std::move(problems), status::kBadRequest);
  }
}

void read_json(Request& request, const Type& type, void* value) {
  std::optional<std::string_view> media = request.header("Content-Type");
  if (media && !is_json(*media)) {
    throw StatusError(status::kUnsupportedMediaType, Code::invalid_argument,
                      "the body is " + in_quotes(*media) + "; this address takes application/json");
  }
  Problems problems;
  if (!json::parse_into(type, value, request.body(), json::ReadOptions(), problems)) {
    int status = status_of(problems);
    throw ContentError("body", std::move(problems), status);
  }
}

bool read_cookie(Request& request, std::string_view name, const Type& type, void* value) {
  std::optional<std::string_view> text = request.cookie(name);
  if (!text) return false;
  Problem problem;
  if (!scalar_from_text(type, value, *text, problem)) {
    problem.path = "/" + std::string(name);
    refuse("cookie", std::move(problem), status::kBadRequest);
  }
  return true;
}

void throw_missing_cookie(std::string_view name) {
  throw StatusError(status::kBadRequest, Code::invalid_argument,
                    "the cookie " + std::string(name) + " is missing");
}

void read_form(Request& request, const Type& type, void* value) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  constexpr std::string_view kMultipart = "multipart/form-data";
  std::string pairs;
  std::string_view text = request.body();
  if (request.header("Content-Type")) {
    request.expect_content_type({kForm, kMultipart});
    if (!MediaType::parse(*request.header("Content-Type"))->is(kForm)) {
      pairs = fields_of_multipart(request);
      text = pairs;
    }
  }
  Problems problems;
  if (!query::bind_into(type, value, text, problems)) {
    int status = status_of(problems);
    throw ContentError("form", std::move(problems), status);
  }
}

bool read_header(Request& request, std::string_view name, const Type& type, void* value) {
  std::optional<std::string_view> text = request.header(name);
  if (!text) return false;
  Problem problem;
  if (!scalar_from_text(type, value, *text, problem)) {
    problem.path = "/" + std::string(name);
    refuse("header", std::move(problem), status::kBadRequest);
  }
  return true;
}

void throw_missing_header(std::string_view name) {
  throw StatusError(status::kBadRequest, Code::invalid_argument,
                    "the request header " + std::string(name) + " is missing");
}

void throw_nothing_there() { throw Error(Code::not_found, "there is nothing at this address"); }

void Result<Generator<std::string>>::render(Generator<std::string>&& pieces, Response& response) {
  // The function that writes is copied around by std::function, the generator cannot be.
  auto shared = std::make_shared<Generator<std::string>>(std::move(pieces));
  response = Response::streamed(
      [shared](BodyWriter& out) -> Task<void> {
        while (std::string* piece = co_await shared->next()) {
          co_await out.write(*piece);
          co_await out.flush();
        }
      },
      "text/plain; charset=utf-8");
}

}  // namespace ngo::http
