// The settings of compression: `httpServer.compression` for answers, `httpServer.decompression` for requests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"

namespace ngo::http {

// Off by default: in front of a service there usually is a proxy that compresses, and compressing a secret
// together with what a client sent can give the secret away (BREACH).
struct CompressionOptions {
  bool enabled = false;
  ByteSize min_size = ByteSize(1024);
  std::vector<std::string> types = {
      "text/html",          "text/css",          "text/plain",
      "text/javascript",    "text/csv",          "text/markdown",
      "application/json",   "application/xml",   "application/x-ndjson",
      "application/yaml",   "application/wasm",  "image/svg+xml",
      "application/*+json", "application/*+xml",
  };
  std::vector<std::string> codings = {"zstd", "br", "gzip"};
  std::uint32_t gzip_level = 5;
  std::uint32_t brotli_level = 4;
  std::uint32_t zstd_level = 3;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&CompressionOptions::enabled>("compress answers; a route may say otherwise"),
      ngo::description<&CompressionOptions::min_size>("answers of known size below this stay as they are"),
      ngo::description<&CompressionOptions::types>("media types; * for a part: text/*, application/*+json"),
      ngo::description<&CompressionOptions::codings>("zstd, br, gzip: of equally welcome ones the first"),
      ngo::range<&CompressionOptions::gzip_level>(1, 9), ngo::range<&CompressionOptions::brotli_level>(0, 11),
      ngo::range<&CompressionOptions::zstd_level>(1, 19));
};

struct DecompressionOptions {
  bool enabled = true;
  std::uint32_t max_ratio = 200;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(),
                 ngo::description<&DecompressionOptions::enabled>("false: 415 to every compressed body"),
                 ngo::description<&DecompressionOptions::max_ratio>(
                     "how many times its size a body may grow to, once it is over 64KiB"),
                 ngo::range<&DecompressionOptions::max_ratio>(1, 100'000));
};

}  // namespace ngo::http
