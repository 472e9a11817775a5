#include <zlib.h>

#include <algorithm>
#include <limits>

#include "ngo/codec/compression_impl.hpp"

namespace ngo::detail {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB, with gzip's head and check
constexpr int kMemoryLevel = 8;

// zlib counts in unsigned int.
uInt portion(std::size_t size) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipCompressor final : public Compressor::Engine {
 public:
  explicit GzipCompressor(int level) {
    if (deflateInit2(&stream_, std::clamp(level, 1, 9), Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw_out_of_memory("gzip");
    }
  }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;
  ~GzipCompressor() override { deflateEnd(&stream_); }

  void run(std::string_view bytes, Step step, std::string& out) override {
    const int mode = step == Step::more ? Z_NO_FLUSH : step == Step::flush ? Z_SYNC_FLUSH : Z_FINISH;
    do {
      const uInt now = portion(bytes.size());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream_.avail_in = now;
      const int how = now == bytes.size() ? mode : Z_NO_FLUSH;
      do {
        const std::size_t before = out.size();
        out.resize(before + kCompressionRoom);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream_.avail_out = kCompressionRoom;
        deflate(&stream_, how);
        out.resize(out.size() - stream_.avail_out);
      } while (stream_.avail_out == 0);
      bytes.remove_prefix(now);
    } while (!bytes.empty());
  }
  void restart() override { deflateReset(&stream_); }

 private:
  z_stream stream_{};
};

class GzipDecompressor final : public Decompressor::Engine {
 public:
  GzipDecompressor() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw_out_of_memory("gzip");
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  std::size_t read(std::string_view& in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = portion(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = portion(out.size());
    const uInt offered = stream_.avail_in;
    const uInt room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(offered - stream_.avail_in);
    switch (result) {
      case Z_STREAM_END: ended = true; break;
      case Z_OK:
      case Z_BUF_ERROR: break;
      case Z_MEM_ERROR: throw_out_of_memory("gzip");
      default: throw_broken("gzip", stream_.msg != nullptr ? stream_.msg : "damaged");
    }
    return room - stream_.avail_out;
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::unique_ptr<Compressor::Engine> make_gzip_compressor(int level) {
  return std::make_unique<GzipCompressor>(level);
}
std::unique_ptr<Decompressor::Engine> make_gzip_decompressor() {
  return std::make_unique<GzipDecompressor>();
}

}  // namespace ngo::detail
