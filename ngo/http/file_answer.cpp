#include "ngo/http/file_answer_impl.hpp"

#include "ngo/base/id.hpp"
#include "ngo/http/conditions.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/ranges.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

void set(const FileAnswer& answer, Response& response, std::string_view name, std::string_view value) {
  if (answer.checked) {
    response.set_checked(name, value);
  } else {
    response.header(name, std::string(value));
  }
}

void add_validators(const FileAnswer& answer, Response& response) {
  if (!answer.etag.empty()) set(answer, response, "ETag", answer.etag);
  if (!answer.last_modified.empty()) set(answer, response, "Last-Modified", answer.last_modified);
  if (!answer.cache_control.empty()) set(answer, response, "Cache-Control", answer.cache_control);
  if (answer.varies) response.set_checked("Vary", "Accept-Encoding");
}

void add_piece(FileBody& body, const ByteRange& range, std::string before) {
  body.length += before.size() + range.length;
  body.pieces.push_back({std::move(before), range.offset, range.length});
}

// A boundary that cannot be foreseen, so that no file can hold it by intention.
std::string make_boundary() { return "part-" + Uuid::random().to_string(); }

void send_parts(const FileAnswer& answer, const RangeSet& set, FileBody& body, Response& response) {
  std::string boundary = make_boundary();
  std::string line_break;
  for (const ByteRange& range : set.ranges) {
    std::string before = line_break;
    before.append("--").append(boundary).append("\r\nContent-Type: ").append(answer.content_type);
    before.append("\r\nContent-Range: ").append(content_range(range, answer.source->size)).append("\r\n\r\n");
    add_piece(body, range, std::move(before));
    line_break = "\r\n";
  }
  body.after = "\r\n--" + boundary + "--\r\n";
  body.length += body.after.size();
  response.content_type("multipart/byteranges; boundary=" + boundary);
}

}  // namespace

void answer_with_file(const Request& request, const FileAnswer& answer, Response& response) {
  const Method method = request.method();
  const std::uint64_t size = answer.source->size;
  RangeSet ranges;
  if (method == Method::get || method == Method::head) {
    Conditions conditions = Conditions::of(request);
    Validators validators{answer.etag, answer.modified};
    switch (evaluate(conditions, method, validators)) {
      case Precondition::not_modified:
        response.status(status::kNotModified);
        return add_validators(answer, response);
      case Precondition::failed:
        return render_problem(status::kPreconditionFailed, "the file is not the one that the request expects",
                              request.path(), response);
      case Precondition::proceed: break;
    }
    std::optional<std::string_view> range = request.header("Range");
    if (range && method == Method::get && range_holds(conditions, validators))
      ranges = parse_ranges(*range, size);
  }
  if (ranges.kind == RangeSet::Kind::unsatisfiable) {
    render_problem(status::kRangeNotSatisfiable, "the file has " + std::to_string(size) + " bytes",
                   request.path(), response);
    response.header("Content-Range", "bytes */" + std::to_string(size));
    return;
  }
  add_validators(answer, response);
  response.set_checked("Accept-Ranges", "bytes");
  if (answer.coding != Coding::identity) {
    response.header("Content-Encoding", std::string(to_string(answer.coding)));
  }
  if (!answer.disposition.empty()) response.header("Content-Disposition", std::string(answer.disposition));
  if (ranges.ranges.size() < 2) set(answer, response, "Content-Type", answer.content_type);
  if (ranges.kind == RangeSet::Kind::whole)
    return response.set_file(answer.whole ? answer.whole : whole_of(answer.source));
  response.status(status::kPartialContent);
  auto body = std::make_shared<FileBody>();
  body->source = answer.source;
  if (ranges.ranges.size() == 1) {
    response.header("Content-Range", content_range(ranges.ranges.front(), size));
    add_piece(*body, ranges.ranges.front(), {});
  } else {
    send_parts(answer, ranges, *body, response);
  }
  response.set_file(std::move(body));
}

}  // namespace ngo::http
