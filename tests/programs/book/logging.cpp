// The code of docs/logging.md.
#include <chrono>
#include <string>
#include <string_view>

#include <ngo/app.hpp>
#include <ngo/log/limited.hpp>

using namespace std::chrono_literals;

void write_lines(int id, std::string_view route, std::chrono::milliseconds elapsed,
                 const std::string& address) {
  // [lines]
  ngo::log::info("article {} created", id);
  ngo::log::warn("slow query", {{"route", route}, {"took", elapsed}});
  ngo::log::get("redis").debug("connected to {}", address);
  ngo::log::every(10s).warn("cannot reach {}", address);  // <ngo/log/limited.hpp>
  ngo::log::once().info("no cache is configured; going without");
  // [/lines]
}
