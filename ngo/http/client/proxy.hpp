// Which proxy a URL is called through: a fixed one, or by the environment (http_proxy, https_proxy,
// all_proxy, no_proxy), as curl and Go read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/client/url.hpp"
#include "ngo/net/network.hpp"

namespace ngo::http {

// Hosts that are called directly. Members: a name and all below it ("example.com", ".example.com"), either
// with a port ("example.com:8080"), an address, a network ("10.0.0.0/8"), or "*" for all.
class DirectHosts {
 public:
  DirectHosts() = default;
  // Throws Error{invalid_argument} for a member that is none of these.
  explicit DirectHosts(const std::vector<std::string>& members);

  [[nodiscard]] bool contains(const Url& url) const;

 private:
  struct Name {
    std::string name;
    std::uint16_t port;  // 0: any
  };
  std::vector<Name> names_;
  std::vector<net::Network> networks_;
  bool all_ = false;
};

class ProxyRules {
 public:
  ProxyRules() = default;
  // `proxy` is used for every URL but those of `direct`; empty: none. With `environment` the variables are
  // read where nothing is set here, in lower case or in upper case (http_proxy only in lower case, since CGI
  // turns a request's Proxy field into HTTP_PROXY), and this machine is called directly. Throws
  // Error{invalid_argument}.
  ProxyRules(const std::string& proxy, const std::vector<std::string>& direct, bool environment);

  // The proxy for this URL; nullptr: none.
  [[nodiscard]] const Url* proxy_of(const Url& url) const;

 private:
  std::optional<Url> http_;
  std::optional<Url> https_;
  DirectHosts direct_;
  bool by_environment_ = false;
};

}  // namespace ngo::http
