# SPDX-License-Identifier: Apache-2.0 OR MIT
# What is installed once for all libraries: the CMake package, and a Debian package by CPack.
include(CMakePackageConfigHelpers)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/cvmm-config.cmake.in ${PROJECT_BINARY_DIR}/cvmm-config.cmake
	INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cvmm)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cvmm-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cvmm-config.cmake ${PROJECT_BINARY_DIR}/cvmm-config-version.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/cvmm)
install(FILES LICENSE LICENSE-APACHE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_PACKAGE_NAME cvmm)
set(CPACK_PACKAGE_VENDOR "the c-vmm authors")
set(CPACK_PACKAGE_CONTACT "the c-vmm authors <noreply@invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "move KVM guests between kernel versions, forward and back: libraries and the cvmm command")
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
