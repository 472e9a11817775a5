#include "ngo/app/sources/sources.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "ngo/app/sources/apollo_source_impl.hpp"
#include "ngo/app/sources/consul_source_impl.hpp"
#include "ngo/app/sources/etcd_source_impl.hpp"
#include "ngo/app/sources/http_source_impl.hpp"
#include "ngo/app/sources/kept_source_impl.hpp"
#include "ngo/app/sources/nacos_source_impl.hpp"

namespace ngo::app {
namespace {

using Make = std::unique_ptr<config::DataSource> (*)(const config::Address&);

// A file of that name in `cacheDir`; nothing where there is no such parameter, or it is "none".
std::string cache_file(const config::Address& address) {
  const std::string_view folder = address.parameter("cacheDir");
  if (folder.empty() || folder == "none") return {};
  std::string name = address.scheme + "_" + address.host + address.path;
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
    if (!plain) c = '_';
  }
  name.resize(std::min<std::size_t>(name.size(), 120));
  return std::string(folder) + "/." + name;
}

config::DataSources::Make kept(Make make, std::string (*file)(const config::Address&) = &cache_file) {
  return [make, file](const config::Address& address) -> std::unique_ptr<config::DataSource> {
    std::unique_ptr<config::DataSource> inside = make(address);
    return std::make_unique<KeptSource>(std::move(inside), file(address), address.shown);
  };
}

}  // namespace

void add_remote_sources(config::DataSources& sources) {
  sources.add("apollo", kept(&make_apollo_source, &apollo_cache_file));
  sources.add("consul", kept(&make_consul_source));
  sources.add("etcd", kept(&make_etcd_source));
  sources.add("http", kept(&make_http_source));
  sources.add("https", kept(&make_http_source));
  sources.add("nacos", kept(&make_nacos_source));
}

}  // namespace ngo::app
