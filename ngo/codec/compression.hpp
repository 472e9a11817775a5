// Compressing and decompressing piece by piece: gzip (RFC 1952), brotli (RFC 7932), zstd (RFC 8878).
//
// Both own some hundred KiB while they live; a message that is complete in memory is cheaper by compress(),
// which keeps its state for the next one of its thread. Decompressors bound nothing by themselves: ask for
// little at a time and stop when it is too much.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ngo/codec/coding.hpp"

namespace ngo {

class Compressor {
 public:
  // Levels: gzip 1 to 9, br 0 to 11, zstd 1 to 19; others are taken to the nearest. Throws
  // Error{invalid_argument} for identity, which needs none.
  Compressor(Coding coding, int level);
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;
  ~Compressor();

  // Takes the bytes, and appends what has become ready.
  void write(std::string_view bytes, std::string& out);
  // Appends what makes everything so far readable on the other side.
  void flush(std::string& out);
  // Appends the end. Nothing may be written after it.
  void finish(std::string& out);

  struct Engine;

 private:
  std::unique_ptr<Engine> engine_;
};

class Decompressor {
 public:
  explicit Decompressor(Coding coding);
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;
  ~Decompressor();

  // Takes bytes off the front of `in` and writes at most out.size() bytes; tells how many. 0: more input is
  // needed, or the end has come. Throws Error{invalid_argument} for what is not in that coding, and for bytes
  // behind its end.
  std::size_t read(std::string_view& in, std::span<char> out);
  // The end of the coded bytes has been seen and all of them have been given out.
  [[nodiscard]] bool ended() const noexcept;

  struct Engine;

 private:
  std::unique_ptr<Engine> engine_;
};

// The whole at once.
[[nodiscard]] std::string compress(Coding coding, int level, std::string_view bytes);
// Throws Error{invalid_argument} for broken input, Error{resource_exhausted} when it has more than `most`
// bytes.
[[nodiscard]] std::string decompress(Coding coding, std::string_view bytes, std::size_t most);

// The coding of that name ("gzip", "x-gzip", "br", "zstd", "identity"), in any case of letters.
[[nodiscard]] std::optional<Coding> coding_from_string(std::string_view name) noexcept;

}  // namespace ngo
