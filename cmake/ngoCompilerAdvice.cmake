# Says, once a project, that its compiler miscompiles some coroutines: what to avoid and where that is explained.
# Included by ngo's own project and by the installed package. Seen with g++ 11.3 and 12.2; 13 and later are untested.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  get_property(said GLOBAL PROPERTY ngo_compiler_advice_said)
  if(NOT said)
    set_property(GLOBAL PROPERTY ngo_compiler_advice_said TRUE)
    if(ngo_SHARE_DIR)
      set(lint ${ngo_SHARE_DIR}/lint_coroutines.py)
      set(page ${ngo_SHARE_DIR}/compilers.md)
    else()
      cmake_path(SET lint NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../tools/lint_coroutines.py)
      cmake_path(SET page NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../docs/compilers.md)
    endif()
    message(NOTICE
      "-- ngo: g++ ${CMAKE_CXX_COMPILER_VERSION} compiles some coroutines wrongly without a warning; clang 19 does not.\n"
      "   Give these a name before the co_await:\n"
      "     co_await f(Aggregate{...});  Aggregate a{co_await f()};  destroyed twice\n"
      "     co_await f([text] { ... })   the copy in the capture is destroyed twice\n"
      "     if, while, switch (co_await f())  in a function without a local variable: it never goes on\n"
      "   ${lint} finds them,\n"
      "   ${page} explains them. Build for debugging and with sanitizers with clang.")
  endif()
endif()
