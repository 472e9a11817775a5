// Apollo's configuration service as a source:
//
//   apollo://host:8080?appId=box-office&cluster=default&namespaceNames=application,app.yaml
//
// Namespaces are read one by one and merged in the order of their list; each is of the format that its suffix
// says. A long poll tells of what is published; besides, everything is looked at again every five minutes.
#pragma once

#include <memory>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

[[nodiscard]] std::unique_ptr<config::DataSource> make_apollo_source(const config::Address& address);

// Where the original keeps its copy: ".APP_CLUSTER" in `cacheDir`, the working directory by default.
[[nodiscard]] std::string apollo_cache_file(const config::Address& address);

}  // namespace ngo::app
