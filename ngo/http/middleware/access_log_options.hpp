// The section `httpServer.middlewares.accessLog`: the original's keys and defaults. Where the section is
// missing no access log is written.
#pragma once

#include <cstdint>
#include <string>

#include "ngo/base/rules.hpp"

namespace ngo::http {

struct AccessLogOptions {
  bool enabled = true;
  std::string pattern = "combined";
  bool no_file = true;
  std::string path;
  std::string file_name = "access.log";
  std::uint32_t max_age = 7;
  std::uint32_t max_backups = 7;
  std::uint32_t max_size = 1024;
  bool compress = false;

  // What is wrong with the pattern; empty when nothing is.
  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::check<&AccessLogOptions::mistake>(),
      ngo::description<&AccessLogOptions::enabled>("one line for each request"),
      ngo::description<&AccessLogOptions::pattern>("common, combined, apache, json, or Apache's directives"),
      ngo::description<&AccessLogOptions::no_file>("true: to standard output; false: to a file"),
      ngo::description<&AccessLogOptions::path>("directory of the file; empty: the working directory"),
      ngo::description<&AccessLogOptions::file_name>("of the file that is written to"),
      ngo::description<&AccessLogOptions::max_age>("days that old files are kept; 0: for ever"),
      ngo::description<&AccessLogOptions::max_backups>("old files that are kept; 0: all"),
      ngo::description<&AccessLogOptions::max_size>("megabytes at which a new file is begun"),
      ngo::description<&AccessLogOptions::compress>("gzip old files"),
      ngo::length<&AccessLogOptions::file_name>(1, 255), ngo::range<&AccessLogOptions::max_size>(1, 1 << 20));
};

}  // namespace ngo::http
