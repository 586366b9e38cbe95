# SPDX-License-Identifier: Apache-2.0 OR MIT
#
# Debian packages by CPack, of a build with shared libraries and the prefix /usr: cmake --workflow --preset deb
#
#   libcvmm0     the shared libraries; each has a soname of its own, all are released together
#   libcvmm-dev  headers, archives, CMake and pkg-config files, the LD_PRELOAD shim of kvm-sim
#   cvmm         the command, its manual page and completion
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cvmm)
set(CPACK_PACKAGE_VENDOR "the c-vmm authors")
set(CPACK_PACKAGE_CONTACT "the c-vmm authors <noreply@invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_LIB_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/triggers)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian/documents.cmake)

# cvmm_deb(<group> <package> <section> <depends> <description> <component>...)
function(cvmm_deb group package section depends description)
	string(TOUPPER ${group} upper)
	foreach(component IN LISTS ARGN)
		string(TOUPPER ${component} component_upper)
		set(CPACK_COMPONENT_${component_upper}_GROUP ${group} PARENT_SCOPE)
	endforeach()
	set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package} PARENT_SCOPE)
	set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
	set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
	set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
endfunction()

set(libraries kvm-ioctls kvm-sim vm-regs vcpu-regs snapshot fleet)
foreach(library IN LISTS libraries)
	list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/${library})
endforeach()
list(TRANSFORM libraries APPEND -dev OUTPUT_VARIABLE dev)
set(this "libcvmm0 (= ${PROJECT_VERSION})")
cvmm_deb(lib libcvmm0 libs ""
	"move KVM guests between kernels, forward and back (libraries)
For KVM virtual machine monitors: save a guest's state, judge whether it may
continue on another kernel, restore it there; and a simulated KVM for tests."
	${libraries})
cvmm_deb(dev libcvmm-dev libdevel "${this}, libc6-dev"
	"move KVM guests between kernels, forward and back (development)
Headers, archives, CMake and pkg-config files, and the LD_PRELOAD shim that
gives a program a simulated KVM."
	${dev} cvmm-dev)
cvmm_deb(tool cvmm utils "${this}"
	"move KVM guests between kernels, forward and back (command)
Saves a guest, judges whether it may continue on another kernel's KVM, restores
it there; computes what all hosts of a fleet can promise a guest."
	cvmm)
set(CPACK_COMPONENTS_ALL ${libraries} ${dev} cvmm-dev cvmm)
include(CPack)
