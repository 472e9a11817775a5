// The seats of a house as a module: what docs/modules.md shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include <ngo/app/setup.hpp>

namespace tour {

// [options]
struct HallOptions {
  std::uint32_t seats = 200;
  std::chrono::milliseconds hold_for = std::chrono::minutes(10);

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::description<&HallOptions::seats>("seats that can be sold"),
      ngo::description<&HallOptions::hold_for>("how long seats are kept for somebody who has not paid"),
      ngo::range<&HallOptions::seats>(1, 100'000),
      ngo::at_least<&HallOptions::hold_for>(std::chrono::seconds(1)));
};
// [/options]

// [module]
class Hall {
 public:
  using Options = HallOptions;
  static constexpr std::string_view kSection = "hall";
  static ngo::Task<std::unique_ptr<Hall>> open(Options options, ngo::Setup& setup);

  explicit Hall(Options options) : options_(options), free_(options.seats) {}

  // Keeps seats for a while. The number to pay with; nothing when there are not as many left.
  std::optional<std::int64_t> hold(std::uint32_t seats);
  // False: no such number, or its time is over.
  bool pay(std::int64_t number);
  [[nodiscard]] std::uint32_t free() const;

  // Awaited when the service stops, after everything that depends on the hall has been closed.
  ngo::Task<void> close();

 private:
  struct Held {
    std::uint32_t seats;
    std::chrono::steady_clock::time_point until;
  };
  ngo::Task<void> release_forgotten();

  Options options_;
  mutable std::mutex mutex_;  // every worker may call
  std::uint32_t free_;
  std::int64_t last_number_ = 0;
  bool closed_ = false;  // for new bookings
  std::map<std::int64_t, Held> held_;
};
// [/module]

}  // namespace tour
