// The ops port asks nobody of this machine for a token: but the browser of somebody there sends requests for
// any page that it shows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/app/ops/access.hpp"
#include "ngo/http/routes.hpp"

namespace ngo::app {

// Answers 403 to what a browser sends for a page of somewhere else (Sec-Fetch-Site, Origin), and to pages of
// a host name that was only pointed at this address (DNS rebinding): pages may come from addresses and
// localhost. Not asked about are requests with a token that `access` knows, which no such page has, and what
// a server at one of `origins` ("http://admin:8080") passes on for its own pages.
void refuse_foreign_pages(Routes& routes, const OpsAccess& access, std::vector<std::string> origins);

// Whether a server passes on, with the headers of its page's browser, what that page has asked it for.
[[nodiscard]] bool is_passed_on_for(const std::vector<std::string>& origins, std::string_view origin,
                                    std::string_view fetch_site) noexcept;
// "http://admin:8080" of "http://user@admin:8080/path".
[[nodiscard]] std::string origin_of(std::string_view url);

// Whether a request with these headers (empty: absent) was sent for such a page.
[[nodiscard]] bool is_for_foreign_page(std::string_view host, std::string_view origin,
                                       std::string_view fetch_site) noexcept;

}  // namespace ngo::app
