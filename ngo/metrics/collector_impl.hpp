// The callbacks of a registry, and what they have reported.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ngo/metrics/registry.hpp"

namespace ngo::metrics {

struct Collector::Families {
  const Registry& registry;
  std::map<std::string, Family, std::less<>> by_name;
};

struct Collection::Callbacks {
  std::uint64_t add(OnCollect f);
  void remove(std::uint64_t number) noexcept;
  void call(Collector& collector, const Registry& registry);

  std::mutex mutex;  // held while they are called: who has removed one is not called any more
  std::uint64_t last = 0;
  std::vector<std::pair<std::uint64_t, OnCollect>> each;
};

}  // namespace ngo::metrics
