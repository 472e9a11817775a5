# The warnings that everything of ours is held to. They are errors in the presets, not for who uses the library.
# g++ 12 sees overlapping copies where std::string concatenates a literal (GCC bug 105651).
function(ngo_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow
    $<$<CXX_COMPILER_ID:Clang>:-Wnon-virtual-dtor>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endfunction()
