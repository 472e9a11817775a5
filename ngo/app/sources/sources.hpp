// The places for configuration that are reached over a network: etcd, Apollo, Nacos, Consul, a URL. ngo::App
// knows them all; a tool that has no App adds them to its own registry. docs/configuration-sources.md
#pragma once

#include "ngo/config/data_source.hpp"

namespace ngo::app {

// Adds apollo, consul, etcd, http, https, nacos.
void add_remote_sources(config::DataSources& sources);

}  // namespace ngo::app
