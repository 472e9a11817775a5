#include "ngo/app/sources/endpoints_impl.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::app {

void Endpoints::replace(std::vector<std::string> servers) {
  const std::string present = servers_.empty() ? "" : servers_[at_];
  servers_ = std::move(servers);
  const auto found = std::find(servers_.begin(), servers_.end(), present);
  at_ = found != servers_.end() ? static_cast<std::size_t>(found - servers_.begin())
        : servers_.empty()      ? 0
                                : random_below(servers_.size());
}

Task<HttpResponse> Endpoints::ask(const Make& make) {
  std::string complaints;
  for (std::size_t tries = 0; tries < servers_.size(); ++tries) {
    std::optional<HttpResponse> response;
    std::string complaint;
    try {
      HttpCall call = make(current());
      response = co_await std::move(call);
      if (response->status() < 500 && response->status() != 429) co_return std::move(*response);
      response->require_ok();
    } catch (const Error& error) {
      complaint = error.message();
    }
    Context::current().check();
    complaints.append(complaints.empty() ? "" : "; ").append(complaint);
    next();
  }
  throw Error(Code::unavailable, complaints);
}

}  // namespace ngo::app
