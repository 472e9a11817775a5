// Connections that are opened before the first call needs them.
#include "ngo/http/client/client_impl.hpp"
#include "ngo/http/client/http2_sessions_impl.hpp"

namespace ngo {

Task<void> HttpClient::Impl::warm_up(Url url, std::size_t connections) {
  const std::shared_ptr<http::Local> local = here();
  http::Origin& origin = origin_of(*local, url);
  while (origin.balancer.servers().empty()) co_await origin.finding.run(find_servers(origin));
  const std::vector<std::shared_ptr<http::Upstream>> servers = origin.balancer.servers();
  const std::size_t each = (connections + servers.size() - 1) / servers.size();
  for (const auto& server : servers) {
    if (server->sessions) {
      const http::SessionGroup::Way way = co_await server->sessions->take();
      if (way.session) continue;  // which many calls share
    }
    co_await server->connections->pool.warm_up(each);
  }
}

Task<void> HttpClient::warm_up(std::string_view url, std::size_t connections) {
  return impl_->warm_up(Url(url), connections);
}

}  // namespace ngo
