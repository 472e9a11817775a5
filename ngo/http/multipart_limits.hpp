// The section `httpServer.multipart`. The total of an upload is the limit of its body
// (httpServer.maxBodySize, or the route's max_body).
#pragma once

#include <cstdint>
#include <string>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"

namespace ngo::http {

struct MultipartLimits {
  std::uint32_t max_parts = 100;
  ByteSize max_part_size;
  ByteSize max_text_size = ByteSize(64 * 1024);
  ByteSize max_header_size = ByteSize(8 * 1024);
  std::uint32_t max_name_length = 200;
  std::uint32_t max_file_name_length = 1024;
  ByteSize spool_size = ByteSize(256 * 1024);
  std::string directory;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&MultipartLimits::max_parts>("of one upload"),
      ngo::description<&MultipartLimits::max_part_size>("of each part; 0: only the body's limit"),
      ngo::description<&MultipartLimits::max_text_size>("of a part that is read into a string"),
      ngo::description<&MultipartLimits::max_header_size>("of all header lines of one part"),
      ngo::description<&MultipartLimits::max_name_length>("bytes of a field's name"),
      ngo::description<&MultipartLimits::max_file_name_length>("bytes of a file's name, as it is sent"),
      ngo::description<&MultipartLimits::spool_size>("a kept part that is larger goes to a temporary file"),
      ngo::description<&MultipartLimits::directory>("of temporary files; default $TMPDIR, else /tmp"),
      ngo::range<&MultipartLimits::max_parts>(1, 1'000'000));
};

}  // namespace ngo::http
