#include "ngo/http/middleware/maintenance.hpp"

#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/status.hpp"

namespace ngo {

std::string http::MaintenanceOptions::mistake() const {
  for (const std::string& path : paths) {
    if (path.empty() || path.front() != '/')
      return "paths: " + in_quotes(path) + " does not begin with \"/\"";
  }
  if (retry_after <= std::chrono::seconds::zero()) return "retryAfter: must be at least 1s";
  return {};
}

void Maintenance::configure(const http::MaintenanceOptions& options) {
  if (std::string mistake = options.mistake(); !mistake.empty())
    throw Error(Code::invalid_argument, std::move(mistake));
  message_ = options.message;
  paths_ = options.paths;
  for (std::string& path : paths_) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
  }
  networks_ = options.addresses;
  retry_after_ = options.retry_after.count();
  on_ = options.enabled;
}

void Maintenance::begin(std::chrono::seconds retry_after) noexcept {
  if (retry_after > std::chrono::seconds::zero()) retry_after_ = retry_after.count();
  on_ = true;
}

bool Maintenance::admits(std::string_view path, const net::Address& client) const {
  for (const std::string& allowed : paths_) {
    if (allowed == "/" || (path.substr(0, allowed.size()) == allowed &&
                           (path.size() == allowed.size() || path[allowed.size()] == '/')))
      return true;
  }
  return net::contains(networks_, client);
}

void Maintenance::answer(std::string_view path, Response& response) const {
  http::render_problem(status::kServiceUnavailable, message_, path, response);
  response.header("Retry-After", std::to_string(retry_after().count()));
}

}  // namespace ngo
