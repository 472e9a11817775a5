// What code is called: for pages that show people what a program is doing. Reads symbol tables and is slow
// (milliseconds); never for control flow.
#pragma once

#include <string>
#include <typeinfo>

namespace ngo {

// "shop::find(int)+0x1f (shop)" for the address of an instruction, or "0x7f12 (file+0x12)" where no symbol is
// known. `returned_to`: the address is where a call returns to, and the call before it is meant.
[[nodiscard]] std::string function_at(const void* address, bool returned_to = false);

// The name alone: "shop::find(int)"; empty where no symbol is known.
[[nodiscard]] std::string function_name_at(const void* address, bool returned_to = false);

// A type as a person would write it: "ngo::detail::SleepAwaiter".
[[nodiscard]] std::string readable_name(const std::type_info& type);

}  // namespace ngo
