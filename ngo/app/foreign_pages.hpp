// The ops port asks nobody of this machine for a token: but the browser of somebody there sends requests for
// any page that it shows.
#pragma once

#include "ngo/http/routes.hpp"

namespace ngo::app {

// Answers 403 to what a browser sends for a page of somewhere else (Sec-Fetch-Site, Origin), and to pages of
// a host name that was only pointed at this address (DNS rebinding): pages may come from addresses and
// localhost.
void refuse_foreign_pages(Routes& routes);

// Whether a request with these headers (empty: absent) was sent for such a page.
[[nodiscard]] bool is_for_foreign_page(std::string_view host, std::string_view origin,
                                       std::string_view fetch_site) noexcept;

}  // namespace ngo::app
