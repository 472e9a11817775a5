#include "ngo/http/server_settings.hpp"

#include <utility>

#include "ngo/base/error.hpp"

namespace ngo::http {

ServerSettings::ServerSettings(ServerOptions its_options, std::shared_ptr<const RouteTable> its_routes,
                               std::shared_ptr<log::Sink> access_sink, const ServerSettings* before)
    : options(std::move(its_options)),
      routes(std::move(its_routes)),
      steps(options.middlewares, std::move(access_sink), before == nullptr ? nullptr : &before->steps),
      path_rules(options.middlewares.url_metrics) {
  if (!options.deadline_header.empty()) {
    if (!is_token(options.deadline_header))
      throw Error(Code::invalid_argument, "httpServer.deadlineHeader is no header name");
    deadline_header = known_header(options.deadline_header);
  }
  head_limits.target_bytes = static_cast<std::uint32_t>(options.max_target_size.bytes());
  head_limits.head_bytes = static_cast<std::uint32_t>(options.max_header_size.bytes());
  head_limits.fields = options.max_headers;
  // Browsers and their libraries leave [ ] | and their like unescaped; the end of a request is not in doubt
  // by that.
  head_limits.query = QueryRule::browser;
}

}  // namespace ngo::http
