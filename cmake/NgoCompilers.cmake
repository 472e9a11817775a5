# Warnings for our own code, and a word to those who compile coroutines with g++ 12.
function(ngo_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
endfunction()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(STATUS "ngo: g++ ${CMAKE_CXX_COMPILER_VERSION} compiles two patterns in coroutines wrongly and without a warning:\n"
    "     co_await f(Aggregate{...})   destroys the temporary twice\n"
    "     switch (co_await f())        takes the wrong branch\n"
    "   tools/lint_coroutines.py (installed in share/ngo) finds them; docs/compilers.md explains. Debug and sanitizer\n"
    "   builds need clang: without optimisation this compiler's stack grows with every await.")
endif()
