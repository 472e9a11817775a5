// Memory for coroutine frames: a free list for each thread and size class, so that a task costs a few
// nanoseconds instead of a malloc. Under the address sanitizer every frame is a malloc, so that a use after
// the end is seen.
#pragma once

#include <cstddef>

namespace ngo::detail {

[[nodiscard]] void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

}  // namespace ngo::detail
