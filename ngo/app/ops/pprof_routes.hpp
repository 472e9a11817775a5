// /debug/pprof/: what `go tool pprof` and people ask, as Go's net/http/pprof and the original's server had
// it.
#pragma once

#include <functional>

#include "ngo/http/routes.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {

// The index, profile?seconds=30, heap, cmdline, symbol, goroutine?debug=1, threadcreate.
void add_pprof(Routes& routes, std::function<Workers*()> workers);

}  // namespace ngo::app
