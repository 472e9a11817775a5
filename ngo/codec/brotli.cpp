#include <brotli/decode.h>
#include <brotli/encode.h>

#include <algorithm>

#include "ngo/codec/compression_impl.hpp"

namespace ngo::detail {
namespace {

constexpr int kWindowBits = 18;  // 256 KiB: what answers need; the default takes many MiB for each

class BrotliCompressor final : public Compressor::Engine {
 public:
  explicit BrotliCompressor(int level) : level_(std::clamp(level, 0, 11)) { open(); }
  BrotliCompressor(const BrotliCompressor&) = delete;
  BrotliCompressor& operator=(const BrotliCompressor&) = delete;
  ~BrotliCompressor() override { BrotliEncoderDestroyInstance(state_); }

  void run(std::string_view bytes, Step step, std::string& out) override {
    const BrotliEncoderOperation operation = step == Step::more    ? BROTLI_OPERATION_PROCESS
                                             : step == Step::flush ? BROTLI_OPERATION_FLUSH
                                                                   : BROTLI_OPERATION_FINISH;
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
      std::size_t no_room = 0;
      if (BrotliEncoderCompressStream(state_, operation, &left, &next, &no_room, nullptr, nullptr) ==
          BROTLI_FALSE) {
        throw_out_of_memory("brotli");
      }
      std::size_t size = 0;
      const std::uint8_t* ready = BrotliEncoderTakeOutput(state_, &size);
      out.append(reinterpret_cast<const char*>(ready), size);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE);
  }
  // The library cannot be rewound.
  void restart() override {
    BrotliEncoderDestroyInstance(state_);
    open();
  }

 private:
  void open() {
    state_ = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    if (state_ == nullptr) throw_out_of_memory("brotli");
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(level_));
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, kWindowBits);
  }
  int level_;
  BrotliEncoderState* state_ = nullptr;
};

class BrotliDecompressor final : public Decompressor::Engine {
 public:
  BrotliDecompressor() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (state_ == nullptr) throw_out_of_memory("brotli");
  }
  BrotliDecompressor(const BrotliDecompressor&) = delete;
  BrotliDecompressor& operator=(const BrotliDecompressor&) = delete;
  ~BrotliDecompressor() override { BrotliDecoderDestroyInstance(state_); }

  std::size_t read(std::string_view& in, std::span<char> out) override {
    const auto* next = reinterpret_cast<const std::uint8_t*>(in.data());
    std::size_t left = in.size();
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    std::size_t room = out.size();
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state_, &left, &next, &room, &to, nullptr);
    in.remove_prefix(in.size() - left);
    if (result == BROTLI_DECODER_RESULT_ERROR) {
      throw_broken("brotli", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_)));
    }
    ended = result == BROTLI_DECODER_RESULT_SUCCESS;
    return out.size() - room;
  }

 private:
  BrotliDecoderState* state_;
};

}  // namespace

std::unique_ptr<Compressor::Engine> make_brotli_compressor(int level) {
  return std::make_unique<BrotliCompressor>(level);
}
std::unique_ptr<Decompressor::Engine> make_brotli_decompressor() {
  return std::make_unique<BrotliDecompressor>();
}

}  // namespace ngo::detail
