// `tracing.pinpoint`: the keys of the original.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "ngo/base/rules.hpp"

namespace ngo::app {

struct PinpointOptions {
  struct Collector {
    std::string host = "localhost";
    std::uint16_t agent_port = 9991;
    std::uint16_t span_port = 9993;
    std::uint16_t stat_port = 9992;
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(), ngo::description<&Collector::agent_port>("0, as the other two: Pinpoint's own"));
  };
  struct Rates {
    std::optional<std::int32_t> rate;
    std::int32_t new_throughput = 0;
    std::int32_t continue_throughput = 0;
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(), ngo::live<&Rates::rate>(), ngo::live<&Rates::new_throughput>(),
        ngo::description<&Rates::rate>("1: all traces; n: about every n-th; 0: none"),
        ngo::description<&Rates::new_throughput>("new traces in a second at most; 0: no limit"),
        ngo::description<&Rates::continue_throughput>("of the original; no effect: the caller decides"));
  };
  struct Stat {
    std::int32_t collect_interval = 5000;
    std::int32_t batch_count = 6;
    static constexpr auto rules = ngo::rules(
        ngo::camel_case(), ngo::description<&Stat::collect_interval>("milliseconds between two statistics"),
        ngo::description<&Stat::batch_count>("statistics that are sent together"),
        ngo::range<&Stat::collect_interval>(100, 3'600'000), ngo::range<&Stat::batch_count>(1, 100));
  };
  std::string application_name;
  std::int32_t application_type = 1300;
  std::string agent_id;
  std::string agent_name;
  std::string config_file_path;
  std::string log_level;
  Collector collector;
  Rates sampling;
  Stat stat;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&PinpointOptions::application_name>("default: the service's name"),
      ngo::description<&PinpointOptions::application_type>(
          "Pinpoint's number of the kind of application; 1300: C++"),
      ngo::description<&PinpointOptions::agent_id>("of this process; default: the name of the host"),
      ngo::description<&PinpointOptions::agent_name>("shown beside the id; default: none"),
      ngo::description<&PinpointOptions::config_file_path>("of the original; no effect"),
      ngo::description<&PinpointOptions::log_level>("of the original; no effect"),
      // Pinpoint's collector refuses agents whose names are others.
      ngo::pattern<&PinpointOptions::application_name>("[a-zA-Z0-9._-]*"),
      ngo::length<&PinpointOptions::application_name>(0, 254),
      ngo::pattern<&PinpointOptions::agent_id>("[a-zA-Z0-9._-]*"),
      ngo::length<&PinpointOptions::agent_id>(0, 24),
      ngo::pattern<&PinpointOptions::agent_name>("[a-zA-Z0-9._-]*"),
      ngo::length<&PinpointOptions::agent_name>(0, 255),
      ngo::range<&PinpointOptions::application_type>(1, 32767));
};

}  // namespace ngo::app
