// From the options of a logger to where its lines go.
#pragma once

#include <memory>

#include "ngo/log/options.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {

// Console, file, file of errors, or several of them, behind the writer thread. Throws Error{unavailable} when
// a file cannot be written to.
[[nodiscard]] std::shared_ptr<Sink> make_sink(const Options& options);

}  // namespace ngo::log
