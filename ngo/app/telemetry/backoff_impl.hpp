// How long senders wait for a back end that has failed.
#pragma once

#include "ngo/runtime/clock.hpp"

namespace ngo::app {

// After so many failures in a row (1 and more): `first`, twice that, ..., at most `longest`, of which between
// half and all is drawn, so that many senders do not come back together.
[[nodiscard]] Duration backoff(unsigned failures, Duration first, Duration longest);

}  // namespace ngo::app
