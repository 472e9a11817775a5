// The section `metrics`.
#pragma once

#include <cstdint>
#include <string>

#include "ngo/base/rules.hpp"

namespace ngo::app {

struct MetricsOptions {
  bool enabled = true;
  std::string path = "/metrics";
  std::uint32_t max_label_sets = 2000;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&MetricsOptions::enabled>(
          "false: the framework counts nothing by itself and shows nothing"),
      ngo::description<&MetricsOptions::path>("where the ops port shows them to Prometheus"),
      ngo::description<&MetricsOptions::max_label_sets>(
          "of one metric; what comes then is counted together, under otel.metric.overflow"),
      ngo::pattern<&MetricsOptions::path>("/.*"), ngo::range<&MetricsOptions::max_label_sets>(1, 1'000'000));
};

}  // namespace ngo::app
