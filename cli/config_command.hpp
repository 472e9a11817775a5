// `ngo config ...`: what can be asked of a service's configuration. The service itself answers, by its flags,
// since only it knows which sections it reads.
#pragma once

#include <string>
#include <vector>

namespace ngo::cli {

// The arguments behind "config". Gives back the exit code: 0 good, 1 mistakes, 2 wrong use.
int config_command(const std::vector<std::string>& arguments);

}  // namespace ngo::cli
