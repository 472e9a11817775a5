// The chunked transfer coding (RFC 9112 section 7.1), both ways.
//
// The decoder is incremental and copies nothing but trailers: it gives out the ranges of the input that are
// body. It accepts the grammar and nothing beside it: no bare LF, no sign, prefix or blank before a size, no
// blank between a size and its CRLF, at most 16 digits. The caller limits the size of the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ngo/http/headers.hpp"

namespace ngo::http {

struct ChunkedLimits {
  std::uint32_t extension_bytes = 4 * 1024;  // of all chunk extensions of one message together: 400
  std::uint32_t trailer_bytes = 8 * 1024;    // of the trailer section: 431
  std::uint32_t trailer_fields = 32;         // 431
};

class ChunkedDecoder {
 public:
  enum class Kind : std::uint8_t {
    need_more,  // all input was consumed, the message is not complete
    data,       // `data` is the next piece of the body; go on behind `consumed`
    done,       // the message is complete; what follows `consumed` is the next request
    error,      // status() and reason()
  };
  struct Step {
    Kind kind;
    std::size_t consumed;   // bytes of the input that are dealt with, those of `data` included
    std::string_view data;  // points into the input
  };

  explicit ChunkedDecoder(const ChunkedLimits& limits = ChunkedLimits{}) noexcept;
  ChunkedDecoder(ChunkedDecoder&&) noexcept;
  ChunkedDecoder& operator=(ChunkedDecoder&&) noexcept;
  ~ChunkedDecoder();

  // Decodes on; `input` begins where the step before ended. Never returns data that is empty.
  //   for (;;) { auto step = decoder.next(input); input.remove_prefix(step.consumed); ... }
  Step next(std::string_view input);

  // The trailer fields, once done; empty when there were none. They live in the decoder.
  [[nodiscard]] const HeaderTable& trailers() const noexcept;
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::string reason() const;
  // What is left of the chunk that is being read: a hint for how much to read next.
  [[nodiscard]] std::uint64_t remaining_in_chunk() const noexcept { return remaining_; }

  void reset() noexcept;

 private:
  enum class State : std::uint8_t;
  struct Trailers;

  // One byte of framing; false when it is wrong.
  bool take(char byte);
  bool take_size_digit(char byte);
  bool take_extension_byte(char byte);
  bool take_trailer_byte(char byte);
  bool finish_trailer_line();
  bool fail(const char* text, int status = 400) noexcept;

  ChunkedLimits limits_;
  std::uint64_t remaining_ = 0;  // of the chunk: its size while that is read, then its data
  std::unique_ptr<Trailers> trailers_;
  const char* text_ = nullptr;
  std::uint32_t extension_bytes_ = 0;
  std::int16_t status_ = 0;
  State state_{};
  std::uint8_t digits_ = 0;
};

// Writes the line before a chunk of `size` > 0 bytes ("1a2b\r\n") into `buffer` and returns it: for a
// gathered write of head, data and kChunkEnd without a copy of the data.
inline constexpr std::size_t kChunkHeadBytes = 18;
[[nodiscard]] std::string_view chunk_head(std::uint64_t size, char (&buffer)[kChunkHeadBytes]) noexcept;
inline constexpr std::string_view kChunkEnd = "\r\n";
// The end of a chunked body without trailers.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Appends one whole chunk; nothing when `data` is empty, for an empty chunk would end the body.
void append_chunk(std::string& out, std::string_view data);

// Appends the last chunk with trailer fields. Throws Error{invalid_argument} for a name or value that is not
// valid, and for a field that must not stand in a trailer; nothing is appended then.
void append_last_chunk(std::string& out, const HeaderField* trailers, std::size_t count);

}  // namespace ngo::http
