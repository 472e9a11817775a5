// Nacos as a source of configuration:
//
//   nacos://host1:8848,host2:8848/box-office.yaml?group=DEFAULT_GROUP&namespace=prod
//
// The path is one data id, or several with commas between them. Changes are seen by the listener's long poll.
#pragma once

#include <memory>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

[[nodiscard]] std::unique_ptr<config::DataSource> make_nacos_source(const config::Address& address);

}  // namespace ngo::app
