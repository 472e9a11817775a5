// multipart/form-data (RFC 7578, RFC 2046 section 5.1), read as it comes. The parser copies nothing but the
// headers of a part: it gives out the ranges of the input that are content. Strict where programs could
// disagree about where a part ends or what it is called: lines end in CRLF, a part has one
// Content-Disposition with one name, nothing but blanks stands behind a boundary, no transfer encodings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/http/multipart_limits.hpp"

namespace ngo::http {

// The boundary that a Content-Type names. Throws StatusError: 415 when it is not multipart/form-data, 400
// when it has no good boundary.
[[nodiscard]] std::string boundary_of(std::string_view content_type);

class MultipartParser {
 public:
  enum class Kind : std::uint8_t {
    need_more,  // what is left behind `consumed` must be there again, with more behind it
    part,       // a part begins: part()
    data,       // `data` is the next piece of its content, never empty
    part_end,   // and that was all of it
    done,       // the last boundary; what follows does not matter
    error,      // status() and reason()
  };
  struct Step {
    Kind kind;
    std::size_t consumed;   // bytes of the input that are dealt with, those of `data` included
    std::string_view data;  // points into the input
  };
  struct Part {
    std::string name;
    std::optional<std::string> file_name;  // as it was sent; nothing: a plain field
    std::string content_type;              // as it was sent; empty without one
    std::vector<std::pair<std::string, std::string>> headers;
  };

  // `limits` must outlive the parser.
  MultipartParser(std::string_view boundary, const MultipartLimits& limits);

  // Goes on; `input` begins where the step before ended.
  Step next(std::string_view input);
  // The part that began last. Its texts may be moved away.
  [[nodiscard]] Part& part() noexcept { return part_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  enum class State : std::uint8_t { preamble, boundary, headers, content, done, failed };

  Step read_preamble(std::string_view input);
  Step read_boundary(std::string_view input);
  Step read_headers(std::string_view input);
  Step read_content(std::string_view input);
  [[nodiscard]] bool take_header(std::string_view line);
  [[nodiscard]] bool take_disposition(std::string_view value);
  Step fail(int status, std::string reason);
  bool refuse(int status, std::string reason);

  std::string delimiter_;  // CRLF "--" boundary
  const MultipartLimits& limits_;
  State state_ = State::preamble;
  Part part_;
  bool has_disposition_ = false;
  bool content_begun_ = false;
  std::uint32_t parts_ = 0;
  std::uint64_t part_bytes_ = 0;
  int status_ = 0;
  std::string reason_;
};

}  // namespace ngo::http
