// Where an exception was thrown. By the time that a catch-all at the edge of a request sees one, the stack
// that it came from is gone; so __cxa_throw, through which every throw goes, is stood before and notes the
// stack of the last few on threads that ask for it. Exceptions of ngo's own (expected refusals, such as 404)
// are passed by and cost nothing more. For the log of what nobody expected; never for control flow.
//
// Where another definition of __cxa_throw is linked in first (sanitizers, a static libstdc++) there is no
// stack.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace ngo {

// Notes the stacks of what is thrown on this thread from now on: about two microseconds for each throw.
void remember_throws() noexcept;

// The functions that led to the throw of that exception, the innermost first, "a() < b() < c()", up to the
// first one whose name begins with `edge`; empty when it is not known. The first time for a place takes
// milliseconds, then it is remembered.
[[nodiscard]] std::string where_thrown(const std::exception& error, std::string_view edge = {});

}  // namespace ngo
