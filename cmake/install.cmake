# The package: headers, libngo.a, the program ngo, what find_package(ngo) needs, and the lint rule for users.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(ngo_package ${CMAKE_INSTALL_LIBDIR}/cmake/ngo)
set(ngo_share ${CMAKE_INSTALL_DATADIR}/ngo)

install(TARGETS ngo EXPORT ngoTargets)
install(EXPORT ngoTargets NAMESPACE ngo:: DESTINATION ${ngo_package})
if(TARGET ngo_cli)
  install(TARGETS ngo_cli)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/ngo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*_impl.hpp" EXCLUDE)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ngoConfig.cmake.in ${PROJECT_BINARY_DIR}/ngoConfig.cmake
  INSTALL_DESTINATION ${ngo_package} PATH_VARS ngo_share)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ngoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ngoConfig.cmake ${PROJECT_BINARY_DIR}/ngoConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/ngoCompilerAdvice.cmake DESTINATION ${ngo_package})
install(PROGRAMS ${PROJECT_SOURCE_DIR}/tools/lint_coroutines.py DESTINATION ${ngo_share})
install(FILES ${PROJECT_SOURCE_DIR}/docs/compilers.md DESTINATION ${ngo_share})
