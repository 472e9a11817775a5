// The runtime of ngo in small pieces: the code of docs/runtime.md, over partners that answer after a while.
#pragma once

#include <string>
#include <vector>

#include <ngo/http/routes.hpp>
#include <ngo/runtime/sync.hpp>
#include <ngo/runtime/task.hpp>

namespace tour {

[[nodiscard]] ngo::Task<int> price_of(std::string event);
[[nodiscard]] ngo::Task<int> price_at_partner(std::string event);
[[nodiscard]] ngo::Task<int> fastest_price(std::string event);
[[nodiscard]] ngo::Task<int> price_or_list_price(std::string event);
[[nodiscard]] ngo::Task<int> total(std::vector<std::string> events);
[[nodiscard]] ngo::Task<int> price_politely(ngo::Semaphore& at_partner, std::string event);
[[nodiscard]] ngo::Task<std::string> read_terms(std::string path);
[[nodiscard]] ngo::Task<void> send_receipt(std::string to);

void add_runtime_routes(ngo::Routes& routes);

}  // namespace tour
