#include "ngo/http/recent_exchanges.hpp"

#include "ngo/base/text.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::http {

void RecentExchanges::add(RecentExchange exchange) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back(std::move(exchange));
}

void RecentExchanges::copy_to(std::vector<RecentExchange>& out) const {
  const std::lock_guard lock(mutex_);
  out.insert(out.end(), kept_.begin(), kept_.end());
}

void RecentExchanges::clear() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
}

std::string shown_header(std::string_view name, std::string_view value) {
  for (const std::string_view secret :
       {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Token"}) {
    if (equals_ignoring_case(name, secret)) return "******";
  }
  if (config::is_secret_name(name)) return "******";
  return std::string(value.substr(0, RecentExchanges::kLongest));
}

}  // namespace ngo::http
