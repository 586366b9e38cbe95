# SPDX-License-Identifier: Apache-2.0 OR MIT
# What is installed once for all libraries: the CMake package.
include(CMakePackageConfigHelpers)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/cvmm-config.cmake.in ${PROJECT_BINARY_DIR}/cvmm-config.cmake
	INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cvmm)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cvmm-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cvmm-config.cmake ${PROJECT_BINARY_DIR}/cvmm-config-version.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cvmm COMPONENT cvmm-dev)
install(FILES LICENSE LICENSE-APACHE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT cvmm-dev)
