// The seam between the two classes of compression.hpp and the libraries.
#pragma once

#include "ngo/codec/compression.hpp"

namespace ngo {

struct Compressor::Engine {
  enum class Step : unsigned char { more, flush, finish };
  virtual ~Engine() = default;
  virtual void run(std::string_view bytes, Step step, std::string& out) = 0;
  // Ready for the next message.
  virtual void restart() = 0;
};

struct Decompressor::Engine {
  virtual ~Engine() = default;
  virtual std::size_t read(std::string_view& in, std::span<char> out) = 0;
  bool ended = false;
};

namespace detail {

inline constexpr std::size_t kCompressionRoom = 16 * 1024;

[[nodiscard]] std::unique_ptr<Compressor::Engine> make_gzip_compressor(int level);
[[nodiscard]] std::unique_ptr<Compressor::Engine> make_brotli_compressor(int level);
[[nodiscard]] std::unique_ptr<Compressor::Engine> make_zstd_compressor(int level);
[[nodiscard]] std::unique_ptr<Decompressor::Engine> make_gzip_decompressor();
[[nodiscard]] std::unique_ptr<Decompressor::Engine> make_brotli_decompressor();
[[nodiscard]] std::unique_ptr<Decompressor::Engine> make_zstd_decompressor();

[[noreturn]] void throw_broken(std::string_view coding, std::string_view why);
[[noreturn]] void throw_out_of_memory(std::string_view coding);

}  // namespace detail
}  // namespace ngo
