// A sink that keeps what it is given, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>

#include "ngo/log/sink.hpp"

namespace ngo::http {

class CollectedLines final : public log::Sink {
 public:
  bool write(log::Level /*level*/, std::string_view lines) noexcept override {
    ++writes;
    if (full) return false;
    text += lines;
    return true;
  }
  std::string text;
  int writes = 0;
  bool full = false;
};

}  // namespace ngo::http
