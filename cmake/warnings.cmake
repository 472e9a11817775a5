# The warnings that everything of ours is held to. They are errors in the presets, not for who uses the library.
function(ngo_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow
    $<$<CXX_COMPILER_ID:Clang>:-Wnon-virtual-dtor>)
endfunction()
