// Finds the body of a response, and its end, in the bytes that come behind the head. Copies nothing. For the
// sources of the client only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ngo/http/chunked.hpp"
#include "ngo/http/client/response_parser.hpp"

namespace ngo::http {

class BodyReader {
 public:
  using Kind = ChunkedDecoder::Kind;
  using Step = ChunkedDecoder::Step;

  void begin(ResponseHead::Body how, std::uint64_t length) noexcept {
    how_ = how;
    total_ = remaining_ = how == ResponseHead::Body::length ? length : 0;
    taken_ = 0;
    done_ = how == ResponseHead::Body::none;
    if (how == ResponseHead::Body::chunked) chunks_.reset();
  }

  // Reads on; `input` begins where the step before ended. As ChunkedDecoder::next().
  Step next(std::string_view input) {
    if (done_) return {Kind::done, 0, {}};
    if (how_ == ResponseHead::Body::chunked) {
      const Step step = chunks_.next(input);
      done_ = step.kind == Kind::done;
      taken_ += step.data.size();
      return step;
    }
    std::string_view data = input;
    if (how_ == ResponseHead::Body::length) {
      data = input.substr(0, remaining_);
      remaining_ -= data.size();
      done_ = remaining_ == 0;
    }
    taken_ += data.size();
    return {data.empty() ? Kind::need_more : Kind::data, data.size(), data};
  }

  // All of it has been given out.
  [[nodiscard]] bool done() const noexcept { return done_; }
  // Whether the end of the connection is the end of the body.
  [[nodiscard]] bool ends_with_connection() const noexcept { return how_ == ResponseHead::Body::until_close; }
  void end_of_connection() noexcept { done_ = true; }
  // What is known to be missing: a hint for how much to read.
  [[nodiscard]] std::uint64_t remaining() const noexcept {
    return how_ == ResponseHead::Body::chunked ? chunks_.remaining_in_chunk() : remaining_;
  }
  // Where the body was cut off: "after 5 of 10 bytes of the body".
  [[nodiscard]] std::string where() const {
    if (how_ == ResponseHead::Body::length)
      return "after " + std::to_string(taken_) + " of " + std::to_string(total_) + " bytes of the body";
    return "after " + std::to_string(taken_) + " bytes of a chunked body that has not ended";
  }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
  [[nodiscard]] std::string reason() const { return chunks_.reason(); }
  // Of a chunked body; nothing otherwise.
  [[nodiscard]] const HeaderTable& trailers() const noexcept {
    static const HeaderTable none;
    return how_ == ResponseHead::Body::chunked ? chunks_.trailers() : none;
  }

 private:
  ResponseHead::Body how_ = ResponseHead::Body::none;
  bool done_ = true;
  std::uint64_t total_ = 0;
  std::uint64_t remaining_ = 0;
  std::uint64_t taken_ = 0;
  ChunkedDecoder chunks_;
};

}  // namespace ngo::http
