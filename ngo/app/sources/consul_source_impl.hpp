// Consul's store of keys and values as a source:
//
//   consul://127.0.0.1:8500/box-office/app.yaml?dc=eu      one key
//   consul://127.0.0.1:8500/box-office/                    all keys that begin so
//
// Changes are seen by blocking queries.
#pragma once

#include <memory>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

[[nodiscard]] std::unique_ptr<config::DataSource> make_consul_source(const config::Address& address);

}  // namespace ngo::app
