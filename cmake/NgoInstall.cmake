# The package: find_package(ngo) gives the target ngo::ngo.
include(CMakePackageConfigHelpers)

install(TARGETS ngo EXPORT ngo-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/ngo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT ngo-targets NAMESPACE ngo:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ngo)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ngoConfig.cmake.in ${CMAKE_BINARY_DIR}/ngoConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ngo)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ngoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/ngoConfig.cmake ${CMAKE_BINARY_DIR}/ngoConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/NgoCompilers.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ngo)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/tools/lint_coroutines.py DESTINATION ${CMAKE_INSTALL_DATADIR}/ngo)
