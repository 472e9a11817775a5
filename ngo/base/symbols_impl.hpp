// The function that an address of this process lies in, by the symbol tables of the mapped files.
#pragma once

#include <string>

namespace ngo::detail {

// "function(arguments)+0x1f (file)", or "0x7f12 (file+0x12)" where no symbol is known. `exact`: the address
// is that of an instruction; else it is where a call returns to, and the call before it is meant.
[[nodiscard]] std::string describe_address(const void* address, bool exact);

}  // namespace ngo::detail
