// etcd v3 as a source of configuration, by its JSON gateway: etcd 3.3 and later.
//
//   etcd://host1:2379,host2:2379/box-office/app.yaml     the text of one key
//   etcd://host1:2379,host2:2379/box-office/             all keys that begin so
//
// What is read is one state of the store, and the watch begins right behind it: no change is lost between the
// two, nor while the connection or the server it went to was away. The original's form is understood as well:
// etcd://any?endpoints=host1:2379&endpoints=host2:2379&key=box-office&user_name=u&password=p
#pragma once

#include <memory>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

[[nodiscard]] std::unique_ptr<config::DataSource> make_etcd_source(const config::Address& address);

}  // namespace ngo::app
