# Says, once for each project, when its compiler silently miscompiles coroutines: what to avoid and where that is
# explained. Included by ngo's own project and by the installed package.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  get_property(already_said GLOBAL PROPERTY ngo_compiler_advice)
  if(NOT already_said)
    set_property(GLOBAL PROPERTY ngo_compiler_advice TRUE)
    set(ngo_advice_folder ${CMAKE_CURRENT_LIST_DIR}/../docs)
    set(ngo_lint_folder ${CMAKE_CURRENT_LIST_DIR}/../tools)
    if(ngo_SHARE_DIR)
      set(ngo_advice_folder ${ngo_SHARE_DIR})
      set(ngo_lint_folder ${ngo_SHARE_DIR})
    endif()
    cmake_path(NORMAL_PATH ngo_advice_folder)
    cmake_path(NORMAL_PATH ngo_lint_folder)
    message(NOTICE
      "-- ngo: g++ ${CMAKE_CXX_COMPILER_VERSION} silently miscompiles two spellings; clang++-19 does not:\n"
      "     co_await f(Aggregate{...})   destroys the aggregate twice: give it a name before, or a constructor\n"
      "     switch (co_await f())        may take a wrong branch: give the value a name before\n"
      "   ${ngo_lint_folder}/lint_coroutines.py finds both; ${ngo_advice_folder}/compilers.md explains them.")
  endif()
endif()
