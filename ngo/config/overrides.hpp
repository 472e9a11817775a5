// Single values laid over the tree: --set redis.0.addr=host:6379, NGO_REDIS__0__ADDR=host:6379.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/environment.hpp"
#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

// Sets one value. Each step is a key in any spelling, the number of a list's element (its length appends
// one), or the `name` of an element; maps that are missing are made. A section that is one map counts as a
// list of one. A step that leads nowhere is a mistake in the report.
void set_value(Node& root, const std::vector<std::string>& steps, Node value, Report& report);

// "redis.0.addr=host:6379": what --set takes. An empty value is the empty text.
void apply_setting(Node& root, std::string_view setting, Report& report);

// All variables NGO_A__B, that is with the prefix and at least one "__", in the order of their names. Others
// that begin with NGO_ are left alone: container platforms make some for a service that is called so.
void apply_environment(Node& root, const Environment& environment, Report& report);

// ${NAME}, ${NAME:default}, ${file:PATH} and ${enc:...} in every text; "$${" stands for "${". What a file
// gives, or was encrypted, is a secret. The paths of the files are added to `files`.
void substitute(Node& root, const Environment& environment, Report& report,
                std::vector<std::string>* files = nullptr);
// The same in the address of a source. What is put in is percent-encoded, so that no value ends the part that
// it stands in. Mistakes are at `place`.
[[nodiscard]] std::string substitute_in_address(std::string_view address, const Environment& environment,
                                                const Place& place, Report& report);

}  // namespace ngo::config
