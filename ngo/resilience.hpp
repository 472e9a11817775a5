// Parts that keep a service standing when what it calls does not; docs/resilience.md tells how they compose.
#pragma once

#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/deadline_budget.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/resilience/retry_budget.hpp"
