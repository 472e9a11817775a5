#include "ngo/app/foreign_pages.hpp"

#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/request.hpp"
#include "ngo/net/address.hpp"

namespace ngo::app {
namespace {

bool is_own_name(std::string_view authority) noexcept {
  std::string_view name = authority;
  if (name.starts_with('[')) {
    name = name.substr(1, name.find(']') - 1);
  } else {
    name = name.substr(0, name.rfind(':'));
  }
  return equals_ignoring_case(name, "localhost") || net::Address::parse_numeric(name).has_value();
}

}  // namespace

bool is_for_foreign_page(std::string_view host, std::string_view origin,
                         std::string_view fetch_site) noexcept {
  if (!fetch_site.empty() && fetch_site != "same-origin" && fetch_site != "none") return true;
  // Without either header it is no page: a deployer, a probe, curl.
  if (origin.empty() && fetch_site != "same-origin") return false;
  if (!is_own_name(host)) return true;
  const std::size_t scheme = origin.find("://");
  return !origin.empty() &&
         (scheme == std::string_view::npos || !equals_ignoring_case(origin.substr(scheme + 3), host));
}

void refuse_foreign_pages(Routes& routes) {
  routes.use([](Request& request, Next next) -> Task<Response> {
    if (is_for_foreign_page(request.header("Host").value_or(""), request.header("Origin").value_or(""),
                            request.header("Sec-Fetch-Site").value_or(""))) {
      throw Error(
          Code::permission_denied,
          "the ops port takes no requests for pages of somewhere else; open its address in a tab of its "
          "own, or ask it with curl");
    }
    co_return co_await next();
  });
}

}  // namespace ngo::app
