// The parts of the book that are tests themselves: `tour check`.
#pragma once

namespace tour {

// Whether what the pages say about time, modules and structs holds; prints what does not.
[[nodiscard]] bool check_time();
[[nodiscard]] bool check_module();

}  // namespace tour
