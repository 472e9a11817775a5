#include "ngo/app/sources/sources.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "ngo/app/sources/apollo_source_impl.hpp"
#include "ngo/app/sources/etcd_source_impl.hpp"
#include "ngo/app/sources/http_source_impl.hpp"
#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/app/sources/steady_source_impl.hpp"

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

config::DataSources::Make steady(Make make) {
  return [make](const config::Address& address) -> std::unique_ptr<config::DataSource> {
    SteadyOptions options;
    options.shown = address.shown;
    options.cache_file = cache_file(address);
    return std::make_unique<SteadySource>(make(address), std::move(options));
  };
}

// With what its clients do: a copy is kept unless it is forbidden, and pauses are longer.
std::unique_ptr<config::DataSource> make_apollo(const config::Address& address) {
  std::unique_ptr<config::DataSource> inside = make_apollo_source(address);
  SteadyOptions options;
  options.shown = address.shown;
  options.cache_file = apollo_cache_file(address);
  options.longest_pause = std::chrono::minutes(2);
  return std::make_unique<SteadySource>(std::move(inside), std::move(options));
}

}  // namespace

void add_remote_sources(config::DataSources& sources) {
  sources.add("apollo", &make_apollo);
  sources.add("etcd", steady(&make_etcd_source));
  sources.add("http", steady(&make_http_source));
  sources.add("https", steady(&make_http_source));
}

}  // namespace ngo::app
