#include <zstd.h>

#include <algorithm>

#include "ngo/codec/compression_impl.hpp"

namespace ngo::detail {
namespace {

constexpr int kWindowLog = 18;         // 256 KiB: little memory on both sides
constexpr int kLargestWindowLog = 23;  // 8 MiB, what RFC 9659 has decoders of HTTP accept

class ZstdCompressor final : public Compressor::Engine {
 public:
  explicit ZstdCompressor(int level) : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw_out_of_memory("zstd");
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, std::clamp(level, 1, 19));
    ZSTD_CCtx_setParameter(context_, ZSTD_c_windowLog, kWindowLog);
  }
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;
  ~ZstdCompressor() override { ZSTD_freeCCtx(context_); }

  void run(std::string_view bytes, Step step, std::string& out) override {
    const ZSTD_EndDirective mode = step == Step::more    ? ZSTD_e_continue
                                   : step == Step::flush ? ZSTD_e_flush
                                                         : ZSTD_e_end;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      const std::size_t before = out.size();
      out.resize(before + kCompressionRoom);
      ZSTD_outBuffer to{out.data() + before, kCompressionRoom, 0};
      const std::size_t left = ZSTD_compressStream2(context_, &to, &in, mode);
      out.resize(before + to.pos);
      if (ZSTD_isError(left) != 0) throw_out_of_memory("zstd");
      if (mode == ZSTD_e_continue ? in.pos == in.size : left == 0) return;
    }
  }
  void restart() override { ZSTD_CCtx_reset(context_, ZSTD_reset_session_only); }

 private:
  ZSTD_CCtx* context_;
};

class ZstdDecompressor final : public Decompressor::Engine {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw_out_of_memory("zstd");
    ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kLargestWindowLog);
  }
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;
  ~ZstdDecompressor() override { ZSTD_freeDCtx(context_); }

  std::size_t read(std::string_view& in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    // A call may come to nothing but its own progress.
    while (to.pos == 0 && !ended) {
      const std::size_t taken = from.pos;
      const std::size_t left = ZSTD_decompressStream(context_, &to, &from);
      if (ZSTD_isError(left) != 0) throw_broken("zstd", ZSTD_getErrorName(left));
      ended = left == 0;
      if (from.pos == taken) break;
    }
    in.remove_prefix(from.pos);
    return to.pos;
  }

 private:
  ZSTD_DCtx* context_;
};

}  // namespace

std::unique_ptr<Compressor::Engine> make_zstd_compressor(int level) {
  return std::make_unique<ZstdCompressor>(level);
}
std::unique_ptr<Decompressor::Engine> make_zstd_decompressor() {
  return std::make_unique<ZstdDecompressor>();
}

}  // namespace ngo::detail
