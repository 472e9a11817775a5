#include "ngo/codec/compression.hpp"

#include <array>

#include "ngo/base/error.hpp"
#include "ngo/codec/compression_impl.hpp"

namespace ngo {
namespace detail {

void throw_broken(std::string_view coding, std::string_view why) {
  throw Error(Code::invalid_argument, "these bytes are no " + std::string(coding) + ": " + std::string(why));
}

void throw_out_of_memory(std::string_view coding) {
  throw Error(Code::resource_exhausted, "no memory for " + std::string(coding));
}

namespace {

[[noreturn]] void throw_identity() {
  throw Error(Code::invalid_argument, "identity is no compression; gzip, br and zstd are");
}

std::unique_ptr<Compressor::Engine> make_compressor(Coding coding, int level) {
  switch (coding) {
    case Coding::gzip: return make_gzip_compressor(level);
    case Coding::br: return make_brotli_compressor(level);
    case Coding::zstd: return make_zstd_compressor(level);
    case Coding::identity: break;
  }
  throw_identity();
}

std::unique_ptr<Decompressor::Engine> make_decompressor(Coding coding) {
  switch (coding) {
    case Coding::gzip: return make_gzip_decompressor();
    case Coding::br: return make_brotli_decompressor();
    case Coding::zstd: return make_zstd_decompressor();
    case Coding::identity: break;
  }
  throw_identity();
}

}  // namespace
}  // namespace detail

Compressor::Compressor(Coding coding, int level) : engine_(detail::make_compressor(coding, level)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

void Compressor::write(std::string_view bytes, std::string& out) {
  if (!bytes.empty()) engine_->run(bytes, Engine::Step::more, out);
}
void Compressor::flush(std::string& out) { engine_->run({}, Engine::Step::flush, out); }
void Compressor::finish(std::string& out) { engine_->run({}, Engine::Step::finish, out); }

Decompressor::Decompressor(Coding coding) : engine_(detail::make_decompressor(coding)) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(std::string_view& in, std::span<char> out) {
  if (!engine_->ended) {
    std::size_t got = engine_->read(in, out);
    if (got > 0 || !engine_->ended) return got;
  }
  if (!in.empty()) {
    throw Error(Code::invalid_argument, "there are bytes behind the end of the compressed ones");
  }
  return 0;
}

bool Decompressor::ended() const noexcept { return engine_->ended; }

std::string compress(Coding coding, int level, std::string_view bytes) {
  struct Kept {
    int level = 0;
    std::unique_ptr<Compressor::Engine> engine;
  };
  // Making an engine costs more than compressing a small message with it.
  thread_local std::array<Kept, kCodingCount> kept;
  Kept& mine = kept[static_cast<std::size_t>(coding)];
  if (!mine.engine || mine.level != level) {
    mine.engine = detail::make_compressor(coding, level);
    mine.level = level;
  }
  std::string out;
  try {
    mine.engine->run(bytes, Compressor::Engine::Step::finish, out);
    mine.engine->restart();
  } catch (...) {
    mine.engine.reset();
    throw;
  }
  return out;
}

std::string decompress(Coding coding, std::string_view bytes, std::size_t most) {
  Decompressor decompressor(coding);
  std::string all;
  std::array<char, detail::kCompressionRoom> piece;
  for (;;) {
    std::size_t got = decompressor.read(bytes, piece);
    if (got == 0) break;
    if (got > most - all.size()) {
      throw Error(Code::resource_exhausted, "the decompressed bytes are more than " + std::to_string(most));
    }
    all.append(piece.data(), got);
  }
  if (!decompressor.ended()) detail::throw_broken(to_string(coding), "the end is missing");
  return all;
}

std::optional<Coding> coding_from_string(std::string_view name) noexcept {
  std::array<char, 8> lower{};
  if (name.size() > lower.size()) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + ('a' - 'A')) : name[i];
  }
  std::string_view text(lower.data(), name.size());
  if (text == "x-gzip") return Coding::gzip;
  for (std::size_t i = 0; i < kCodingCount; ++i) {
    if (text == kCodingNames[i]) return static_cast<Coding>(i);
  }
  return std::nullopt;
}

}  // namespace ngo
