#include "ngo/http/client/proxy.hpp"

#include <charconv>
#include <cstdlib>
#include <initializer_list>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"

namespace ngo::http {
namespace {

std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

// "proxy:3128" is meant as "http://proxy:3128".
Url proxy_url(const std::string& text, std::string_view where) {
  const bool has_scheme = text.find("://") != std::string::npos;
  Url url(has_scheme ? text : "http://" + text);
  if (url.scheme() != "http") {
    throw Error(Code::invalid_argument, std::string(where) + " is \"" + url.masked() +
                                            "\"; a proxy is called over http (https through it as well, by "
                                            "CONNECT)");
  }
  return url;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> members;
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(", ");
    if (const auto member = trim(list.substr(0, end)); !member.empty()) members.emplace_back(member);
    if (end == std::string_view::npos) break;
    list.remove_prefix(end + 1);
  }
  return members;
}

}  // namespace

DirectHosts::DirectHosts(const std::vector<std::string>& members) {
  for (const std::string& member : members) {
    if (member == "*") {
      all_ = true;
      continue;
    }
    std::string problem;
    if (const auto network = net::Network::parse(member, problem)) {
      networks_.push_back(*network);
      continue;
    }
    std::string_view name = member;
    std::uint16_t port = 0;
    if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
      const auto [end, error] = std::from_chars(name.data() + colon + 1, name.data() + name.size(), port);
      if (error != std::errc() || end != name.data() + name.size() || name.find(':') != colon) {
        throw Error(
            Code::invalid_argument,
            "\"" + member +
                "\" is no host to be called without a proxy: a name, name:port, an address, a network, or *");
      }
      name = name.substr(0, colon);
    }
    if (name.starts_with("*.")) name.remove_prefix(1);
    if (name.starts_with('.')) name.remove_prefix(1);
    std::string lower;
    for (const char c : name) lower += ascii_lower(c);
    names_.push_back({std::move(lower), port});
  }
}

bool DirectHosts::contains(const Url& url) const {
  if (all_) return true;
  const std::string_view host = url.host();
  if (const auto address = net::Address::parse_numeric(host)) {
    for (const auto& network : networks_) {
      if (network.contains(*address)) return true;
    }
  }
  for (const auto& [name, port] : names_) {
    if (port != 0 && port != url.port()) continue;
    if (host == name) return true;
    if (host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.')
      return true;
  }
  return false;
}

ProxyRules::ProxyRules(const std::string& proxy, const std::vector<std::string>& direct, bool environment)
    : direct_(direct) {
  if (!proxy.empty()) http_ = https_ = proxy_url(proxy, "httpClient.proxy");
  if (!environment) return;
  by_environment_ = proxy.empty();
  if (!http_) {
    if (const auto text = first_of({"http_proxy", "all_proxy", "ALL_PROXY"}); !text.empty())
      http_ = proxy_url(text, "the environment's http_proxy");
  }
  if (!https_) {
    if (const auto text = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}); !text.empty())
      https_ = proxy_url(text, "the environment's https_proxy");
  }
  if (direct.empty()) direct_ = DirectHosts(split(first_of({"no_proxy", "NO_PROXY"})));
}

const Url* ProxyRules::proxy_of(const Url& url) const {
  const std::optional<Url>& proxy = url.secure() ? https_ : http_;
  if (!proxy || !url.socket_path().empty()) return nullptr;
  // The environment speaks for all programs: it does not mean what runs on this machine.
  if (by_environment_) {
    const auto address = net::Address::parse_numeric(url.host());
    if (url.host() == "localhost" || (address && address->is_loopback())) return nullptr;
  }
  return direct_.contains(url) ? nullptr : &*proxy;
}

}  // namespace ngo::http
