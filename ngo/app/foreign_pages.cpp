#include "ngo/app/foreign_pages.hpp"

#include <unistd.h>

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

bool is_name_of_machine(std::string_view authority) {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return false;
  return equals_ignoring_case(authority.substr(0, authority.rfind(':')), name);
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

bool is_passed_on_for(const std::vector<std::string>& origins, std::string_view origin,
                      std::string_view fetch_site) noexcept {
  // The same page asking here directly would be one of another site.
  if (origin.empty() || (!fetch_site.empty() && fetch_site != "same-origin")) return false;
  for (const std::string& each : origins) {
    if (equals_ignoring_case(each, origin)) return true;
  }
  return false;
}

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::string_view usual = url.starts_with("https") ? ":443" : ":80";
  if (authority.ends_with(usual)) authority.remove_suffix(usual.size());
  return std::string(url.substr(0, scheme + 3)) + std::string(authority);
}

void refuse_foreign_pages(Routes& routes, const OpsAccess& access, std::vector<std::string> origins) {
  routes.use([&access, origins = std::move(origins)](Request& request, Next next) -> Task<Response> {
    const std::string_view origin = request.header("Origin").value_or("");
    const std::string_view fetch_site = request.header("Sec-Fetch-Site").value_or("");
    const std::string_view host = request.header("Host").value_or("");
    // Where being of this machine is all that opens a route, a name that somebody else has pointed here is a
    // page of theirs: browsers say neither Origin nor Sec-Fetch-Site then (DNS rebinding).
    const bool wants_trust =
        !access.is_open(request.route()) || OpsAccess::is_write(request.method(), request.route());
    const bool rebound = wants_trust && is_local(request) && !is_own_name(host) && !is_name_of_machine(host);
    if ((rebound || is_for_foreign_page(host, origin, fetch_site)) &&
        !is_passed_on_for(origins, origin, fetch_site) &&
        access.token_name(request.header("Authorization").value_or("")).empty()) {
      throw Error(
          Code::permission_denied,
          "the ops port takes no requests for pages of somewhere else; open its address in a tab of its "
          "own, or ask it with curl");
    }
    co_return co_await next();
  });
}

}  // namespace ngo::app
